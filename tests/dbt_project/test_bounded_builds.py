"""What a mart must declare so that a bounded build keeps it right."""

import re
from pathlib import Path

import duckdb
from built_warehouse import PROJECT, load, one, run_dbt

_CALL = re.compile(r"is_of_age\('(?:\w+\.)?(\w+)', ([^)]+)\)")


def _cells() -> dict[str, str]:
    texts = {path.stem: path.read_text() for path in (PROJECT / "models" / "marts").rglob("*.sql")}
    found = {name: text for name, text in texts.items() if "materialized='cells'" in text}
    assert len(found) > 10
    return found


def test_a_mart_that_compares_with_an_as_of_time_declares_its_ages() -> None:
    undeclared = [
        name
        for name, text in _cells().items()
        if "as_of_at" in _without_comments(text) and "'ages'" not in text
    ]
    assert undeclared == []


def test_every_age_at_which_a_mart_counts_is_declared_and_every_one_declared_is_counted_at() -> None:
    for name, text in _cells().items():
        called = set(_CALL.findall(text))
        declared = {
            (time, seconds)
            for time, seconds in re.findall(
                r"\('(\w+)', ([^)]+)\)", (re.search(r"'ages': \{[^}]*\}", text) or [""])[0]
            )
        }
        compared = called or ({("promised_delivery_at", "0")} if "< providers.as_of_at" in text else set())
        assert declared == compared, name


def test_cells_read_facts_and_providers_through_rows_of_alone() -> None:
    for name, text in _cells().items():
        plain = set(re.findall(r"ref\('((?:fct_\w+|dim_providers))'\)", text))
        # Views over raw rows count what arrived and have no old rows.
        assert plain <= {"fct_waybill_events"}, name


def _without_comments(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith("--"))


def test_every_seed_is_small_enough_for_dbt_to_see_its_changes() -> None:
    sizes = {path.name: path.stat().st_size for path in (PROJECT / "seeds").glob("*.csv")}
    assert [name for name, size in sizes.items() if size > 2**20] == []


def test_a_seed_that_gained_a_column_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    home = tmp_path / "home"
    load(home, [])
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute("create schema seeds; create table seeds.platforms as select 'x' as platform_id")
    run_dbt(home, "seed", "--select", "platforms")
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        found = one(
            connection, "select bool_or(platform_id = 'x'), count(time_zone) > 1 from seeds.platforms"
        )
    assert found == (False, True)
