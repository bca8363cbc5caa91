"""What is published is documented, what is documented is published, and one name means one thing."""

import json
import re
from collections import Counter
from typing import Any

import duckdb
import pytest
from published_reports import Published

from warehouse.dictionary import without_head

UNITS = {
    "count",
    "share",
    "points",
    "money",
    "days",
    "hours",
    "seconds",
    "grams",
    "index",
    "degrees",
    "distribution",
    "flag",
    "date",
    "time",
    "text",
}

#: What the published file says of itself, beside the tables of the dbt project.
OF_THE_FILE = "('data_dictionary', 'builds', 'audit_results', 'audit_profile', 'row_files')"


def test_every_published_column_is_described_and_every_described_column_is_published(
    published: Published,
) -> None:
    stored = published.rows(
        "select table_name, column_name from duckdb_columns() where database_name = current_database()"
        f" and schema_name = 'main' and not internal and table_name not in {OF_THE_FILE}"
    )
    described = published.rows("select table_name, name from data_dictionary where kind = 'column'")
    assert Counter(described) == Counter(stored)


def test_every_published_name_has_its_labels_unit_and_meaning(published: Published) -> None:
    lacking = published.rows(
        "select table_name, kind, name from data_dictionary"
        " where label is null or label_zh is null or unit is null or description is null"
    )
    assert lacking == []


def test_every_unit_is_one_that_pages_know(published: Published) -> None:
    units = {
        row[0] for row in published.rows("select distinct unit from data_dictionary where unit is not null")
    }
    assert units <= UNITS


@pytest.fixture(scope="module")
def manifest(published: Published) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(published.settings.manifest.read_text())
    return content


@pytest.fixture(scope="module")
def blocks(manifest: dict[str, Any]) -> dict[str, str]:
    """What dbt's docs blocks say."""
    own = [block for block in manifest["docs"].values() if block["package_name"] == "waymart"]
    return {block["name"]: block["block_contents"] for block in own}


def test_every_entry_of_the_dictionary_is_used(
    published: Published, manifest: dict[str, Any], blocks: dict[str, str]
) -> None:
    nodes = [*manifest["nodes"].values(), *manifest["sources"].values()]
    metas = [node["config"].get("meta", {}) for node in nodes]
    parts = {f"{part}_{value}" for meta in metas for part, of in meta.get("each", {}).items() for value in of}
    patterns = {re.sub(r"[{}]", "", name) for meta in metas for name in meta.get("metrics", {})}
    names = {str(row[0]) for row in published.rows("select name from data_dictionary")}
    entries = {name for name, text in blocks.items() if text.startswith("#### ")}
    assert entries - names - parts - patterns == set()


def test_labels_and_units_stand_in_the_dictionary_alone(manifest: dict[str, Any]) -> None:
    nodes = [*manifest["nodes"].values(), *manifest["sources"].values()]
    metas = [
        {**part.get("meta", {}), **part.get("config", {}).get("meta", {})}
        for node in nodes
        for part in (node, *node["columns"].values())
    ]
    assert [meta for meta in metas if meta.keys() & {"label", "label_zh", "unit"}] == []


def test_a_published_column_is_described_by_the_dictionary_or_by_a_block_that_says_something_else(
    published: Published, manifest: dict[str, Any], blocks: dict[str, str]
) -> None:
    tables = {row[0] for row in published.rows("select table_name from data_dictionary")}
    headless = {text for text in blocks.values() if not text.startswith("#### ")}
    columns = [
        (node["alias"], name, column["description"])
        for node in manifest["nodes"].values()
        if node["alias"] in tables and node["resource_type"] in ("model", "seed")
        for name, column in node["columns"].items()
        if not name.startswith("_")
    ]
    astray = [
        (table, name)
        for table, name, text in columns
        if text != blocks[name]
        # A name that means something else in each table has an entry of its head alone.
        and text not in (headless if without_head(blocks[name]) else blocks.values())
    ]
    assert columns
    assert astray == []


def test_no_two_blocks_say_the_same(blocks: dict[str, str]) -> None:
    definitions = Counter(without_head(text) for text in blocks.values())
    assert {text for text, count in definitions.items() if text and count > 1} == set()


def test_a_name_in_two_tables_has_one_label_and_one_unit(published: Published) -> None:
    ambiguous = published.rows(
        "select name, list(distinct (label, label_zh, unit)) from data_dictionary"
        " group by name having count(distinct (label, label_zh, unit)) > 1"
    )
    assert ambiguous == []


def test_a_metric_and_a_column_of_one_name_in_a_table_mean_the_same(published: Published) -> None:
    differing = published.rows(
        "select table_name, name from data_dictionary group by all having count(distinct description) > 1"
    )
    assert differing == []


def test_no_table_lists_a_metric_twice(published: Published) -> None:
    twice = published.rows(
        "select table_name, name from data_dictionary where kind = 'metric' group by all having count(*) > 1"
    )
    assert twice == []


def test_every_formula_can_be_calculated_over_everything_by_a_column_and_over_nothing(
    published: Published,
) -> None:
    metrics = published.rows(
        "select table_name, name, formula from data_dictionary where kind = 'metric' order by all"
    )
    assert len(metrics) > 100
    for table, name, formula in metrics:
        ((column, *_), *_) = published.rows(f"describe {table}")
        for query in (
            f"select {formula} from {table}",
            f"select {column}, {formula} as metric from {table} group by all",
            f"select {formula} from {table} where false",
        ):
            try:
                published.rows(query)
            except duckdb.Error as error:
                pytest.fail(f"{table}.{name}: {error}")


def test_shares_of_the_whole_add_up_to_it(published: Published) -> None:
    shares = published.rows(
        "select table_name, name, formula from data_dictionary"
        " where formula like '%over ()%' and unit = 'share' order by all"
    )
    assert len(shares) >= 5
    for table, name, formula in shares:
        columns = {row[0] for row in published.rows(f"describe {table}")}
        one_of = {"date_basis": "paid", "currency": "CNY"}
        chosen = " and ".join(f"{name} = '{value}'" for name, value in one_of.items() if name in columns)
        total = published.rows(
            f"select sum(metric) from (select platform_id, {formula} as metric from {table}"
            f" where {chosen or 'true'} group by all)"
        )[0][0]
        assert total == pytest.approx(1), f"{table}.{name}"


def test_every_definition_is_there_in_chinese_and_names_no_part_that_has_none(published: Published) -> None:
    rows = published.rows("select distinct name, coalesce(description_zh, '') from data_dictionary")
    # A part without Chinese would leave its place empty before the colon.
    assert [name for name, text in rows if not text or text.startswith("：") or "{" in text] == []
