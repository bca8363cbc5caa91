"""Parquet between the warehouse and Spark: the raw tables there, the tables that dbt built back."""

import json
import shutil
from typing import Any

import duckdb

from warehouse.settings import Settings

#: What readers of the warehouse rely on; the steps between stay with Spark.
_READ = ("seeds", "core", "reports", "extracts")

#: What dbt keeps on DuckDB of its own builds. It does not belong to what Spark built.
_KEPT_BY_DUCKDB = ("arrivals", "touched", "staging", "intermediate")


def export_raw(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Write what was loaded as Parquet, a folder per table and load, in place of an earlier export."""
    shutil.rmtree(settings.spark_raw, ignore_errors=True)
    of_loads = connection.execute(
        "select table_name from duckdb_columns()"
        " where database_name = current_database() and schema_name = 'raw' and column_name = '_load_id'"
    ).fetchall()
    for (table,) in [*of_loads, ("loads",), ("quarantine",)]:
        folder = settings.spark_raw / table
        folder.mkdir(parents=True)
        if (table,) in of_loads and connection.table(f"raw.{table}").limit(1).fetchone():
            options = f"to '{folder}' (format parquet, compression zstd, partition_by (_load_id))"
        else:
            options = f"to '{folder / 'rows.parquet'}' (format parquet, compression zstd)"
        connection.execute(f"copy raw.{table} {options}")


def load_built(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Put the tables that Spark built in the place of DuckDB's, whole or not at all.

    What dbt remembers of builds on DuckDB goes with them: the next one there makes everything anew.
    """
    nodes = json.loads(settings.manifest.read_text())["nodes"].values()
    connection.execute("begin")
    for schema in (*_READ, *_KEPT_BY_DUCKDB):
        connection.execute(f"drop schema if exists {schema} cascade")
    for schema in _READ:
        connection.execute(f"create schema {schema}")
    for node in nodes:
        if node["schema"] in _READ and node["resource_type"] in ("model", "seed"):
            listed = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in _types(node).items())
            schema, table = node["schema"], node["alias"]
            files = settings.spark_warehouse / f"{schema}.db" / table / "*.parquet"
            connection.execute(f"create table {schema}.{table} as select {listed} from '{files}'")
    connection.execute("commit")


def _types(node: dict[str, Any]) -> dict[str, str]:
    """Column → type as the contract has it, or the seed."""
    if node["resource_type"] == "seed":
        return dict(node["config"]["column_types"])
    return {name: column["data_type"] for name, column in node["columns"].items()}
