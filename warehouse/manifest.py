"""What dbt's manifest says: which tables are published, what their columns and metrics mean."""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from warehouse.dictionary import Dictionary, Entry, Formula, in_chinese, without_head
from warehouse.errors import WaymartError

#: Schemas whose tables a reader of the warehouse relies on, hence the audit measures.
_AUDITED_SCHEMAS = frozenset({"core", "reports", "extracts"})


@dataclass(frozen=True)
class Metric:
    """A number that a page may show: an aggregate over its table, from ``metrics`` of the model's yml.

    ``final`` names the metric, a flag, that says whether what is under way can still change it.
    """

    name: str
    label: str | None
    label_zh: str | None
    unit: str | None
    description: str | None
    description_zh: str | None
    formula: str
    final: str | None


@dataclass(frozen=True)
class Column:
    """A documented column of a model."""

    name: str
    label: str | None
    label_zh: str | None
    unit: str | None
    description: str | None
    description_zh: str | None
    source: str | None


@dataclass(frozen=True)
class Table:
    """A model or seed that can be read by its name in the warehouse."""

    name: str
    schema: str
    is_published: bool
    #: The column whose months are published in files of their own; None: the table is copied whole.
    published_by: str | None = None
    columns: tuple[Column, ...] = field(default=())
    metrics: tuple[Metric, ...] = field(default=())
    #: Publishing appends to it (``warehouse.estimates_given``): no model makes it, so no audit has seen it.
    is_given: bool = False


def read_tables(manifest: Path) -> list[Table]:
    """Tables that the audit measures or publish copies, by name.

    Raises:
        WaymartError: there is no manifest, an exposure names what is no table, or a published name is not
            in the dictionary.
    """
    if not manifest.exists():
        raise WaymartError("There is no manifest of dbt: build first with `waymart build`.")
    content: dict[str, Any] = json.loads(manifest.read_text())
    exposed = {node for exposure in content["exposures"].values() for node in exposure["depends_on"]["nodes"]}
    for unknown in sorted(exposed - content["nodes"].keys() - content["sources"].keys()):
        raise WaymartError(f"An exposure names {unknown}, which is no model or seed: change exposures.yml.")
    dictionary = Dictionary(content)
    tables = [
        _table(node, dictionary, unique_id in exposed)
        for unique_id, node in content["nodes"].items()
        if unique_id in exposed or (node["schema"] in _AUDITED_SCHEMAS and node["resource_type"] == "model")
    ]
    return sorted(tables, key=lambda table: table.name)


def read_given(manifest: Path) -> list[Table]:
    """Tables that publishing itself appends to, which an exposure names as a source; by name.

    Raises:
        WaymartError: a published name is not in the dictionary.
    """
    content: dict[str, Any] = json.loads(manifest.read_text())
    exposed = {node for exposure in content["exposures"].values() for node in exposure["depends_on"]["nodes"]}
    dictionary = Dictionary(content)
    given = [_table(node, dictionary, True) for name, node in content["sources"].items() if name in exposed]
    return sorted((replace(table, is_given=True) for table in given), key=lambda table: table.name)


def _table(node: dict[str, Any], dictionary: Dictionary, is_published: bool) -> Table:
    meta = _meta(node)
    columns = tuple(
        _column(one, dictionary) for name, one in node["columns"].items() if not name.startswith("_")
    )
    finals = {of.name: of.sql for of in dictionary.formulas(meta.get("finals", {}), meta.get("each", {}))}
    # A metric that bears a column's name means what this table says the column means.
    means = {column.name: (column.description, column.description_zh) for column in columns}
    table = Table(
        name=node.get("alias", node["name"]),
        schema=node["schema"],
        is_published=is_published,
        published_by=meta.get("published_by"),
        columns=columns,
        metrics=tuple(
            _metric(formula, means.get(formula.name, (None, None)), finals.get(formula.name))
            for formula in dictionary.formulas(meta.get("metrics", {}), meta.get("each", {}))
        ),
    )
    if is_published:
        _refuse_unnamed(table)
    return table


def _refuse_unnamed(table: Table) -> None:
    names = [one.name for one in table.columns if not one.label]
    names += [one.name for one in table.metrics if not one.label]
    for name in names:
        raise WaymartError(
            f"{name} of {table.name} is published and not in the dictionary: write a docs block {name} that "
            "begins with `#### label · label_zh · unit`."
        )


def _column(column: dict[str, Any], dictionary: Dictionary) -> Column:
    return Column(
        name=column["name"],
        **_words(dictionary.find(column["name"])),
        description=without_head(column.get("description")),
        description_zh=in_chinese(column.get("description")),
        source=_meta(column).get("source"),
    )


def _metric(formula: Formula, means: tuple[str | None, str | None], final: str | None) -> Metric:
    description, description_zh = means
    if not description and formula.entry:
        description, description_zh = formula.entry.definition, formula.entry.definition_zh or None
    return Metric(
        name=formula.name,
        **_words(formula.entry),
        description=description,
        description_zh=description_zh,
        formula=formula.sql,
        final=final,
    )


def _words(entry: Entry | None) -> dict[str, str | None]:
    return {key: getattr(entry, key, None) for key in ("label", "label_zh", "unit")}


def _meta(of: dict[str, Any]) -> dict[str, Any]:
    return {**(of.get("meta") or {}), **((of.get("config") or {}).get("meta") or {})}
