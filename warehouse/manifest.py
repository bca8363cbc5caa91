"""What dbt's manifest says: which tables are published, what their columns and metrics mean."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from warehouse.errors import WaymartError

#: Schemas whose tables a reader of the warehouse relies on, hence the audit measures.
_AUDITED_SCHEMAS = frozenset({"core", "reports", "extracts"})


@dataclass(frozen=True)
class Metric:
    """A number that a page may show: an aggregate over its table, written once in the model's yml."""

    name: str
    label: str | None
    label_zh: str | None
    unit: str | None
    description: str | None
    formula: str


@dataclass(frozen=True)
class Column:
    """A documented column of a model."""

    name: str
    label: str | None
    label_zh: str | None
    unit: str | None
    description: str | None
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


def read_tables(manifest: Path) -> list[Table]:
    """Tables that the audit measures or publish copies, by name.

    Raises:
        WaymartError: there is no manifest, an exposure names what is no table, or a metric lacks its formula.
    """
    if not manifest.exists():
        raise WaymartError("There is no manifest of dbt: build first with `waymart build`.")
    content: dict[str, Any] = json.loads(manifest.read_text())
    exposed = {node for exposure in content["exposures"].values() for node in exposure["depends_on"]["nodes"]}
    for unknown in sorted(exposed - content["nodes"].keys()):
        raise WaymartError(f"An exposure names {unknown}, which is no model or seed: change exposures.yml.")
    tables = [
        _table(node, unique_id in exposed)
        for unique_id, node in content["nodes"].items()
        if unique_id in exposed or (node["schema"] in _AUDITED_SCHEMAS and node["resource_type"] == "model")
    ]
    return sorted(tables, key=lambda table: table.name)


def _table(node: dict[str, Any], is_published: bool) -> Table:
    return Table(
        name=node["alias"],
        schema=node["schema"],
        is_published=is_published,
        published_by=_meta(node).get("published_by"),
        columns=tuple(_column(one) for name, one in node["columns"].items() if not name.startswith("_")),
        metrics=tuple(_metric(node["alias"], item) for item in _meta(node).get("metrics", [])),
    )


def _column(column: dict[str, Any]) -> Column:
    meta = _meta(column)
    return Column(
        name=column["name"],
        label=meta.get("label"),
        label_zh=meta.get("label_zh"),
        unit=meta.get("unit"),
        description=_text(column.get("description")),
        source=meta.get("source"),
    )


def _metric(table: str, item: dict[str, Any]) -> Metric:
    if not item.get("name") or not item.get("formula"):
        raise WaymartError(f"A metric of {table} has no name or no formula: complete config.meta.metrics.")
    return Metric(
        name=item["name"],
        label=item.get("label"),
        label_zh=item.get("label_zh"),
        unit=item.get("unit"),
        description=_text(item.get("description")),
        formula=" ".join(item["formula"].split()),
    )


def _meta(of: dict[str, Any]) -> dict[str, Any]:
    return {**(of.get("meta") or {}), **((of.get("config") or {}).get("meta") or {})}


def _text(of: str | None) -> str | None:
    return " ".join(of.split()) or None if of else None
