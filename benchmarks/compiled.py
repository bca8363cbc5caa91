"""The models as dbt compiles them, for programs that run their SQL over facts of their own."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.plain_dbt import PlainDbt

PROJECT = Path(__file__).parents[1] / "dbt_project"


def compiled_nodes(*models: str) -> dict[str, dict[str, Any]]:
    """Return the manifest's nodes by their ids, the SQL of these models compiled.

    Raises:
        RuntimeError: dbt cannot compile them; its own words say why.
    """
    with tempfile.TemporaryDirectory() as name:
        home = Path(name) / "home"
        home.mkdir()
        dbt = PlainDbt(home, PROJECT)
        try:
            if not dbt.run("compile", "--select", *models):
                raise RuntimeError(dbt.words.read_text())
        finally:
            dbt.close()
        nodes: dict[str, dict[str, Any]] = json.loads((home / "dbt/target/manifest.json").read_text())[
            "nodes"
        ]
    return nodes


def place(node: Mapping[str, Any]) -> str:
    """Return where a model or seed stands in a database that is called warehouse."""
    return f"warehouse.{node['schema']}.{node['alias']}"


def empty_table(node: Mapping[str, Any]) -> str:
    """Return the SQL that makes the table of a model or seed, without rows."""
    types = node["config"].get("column_types") or {
        name: column["data_type"] for name, column in node["columns"].items()
    }
    columns = ", ".join(f"{name} {kind}" for name, kind in types.items())
    return f"create table {place(node)} ({columns})"
