"""Parquet between the warehouse and Spark: the raw tables there, the tables that dbt built back."""

import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from warehouse.settings import Settings

#: What readers of the warehouse rely on; the steps between stay with Spark.
_READ = ("seeds", "core", "reports", "extracts")

#: What dbt keeps on DuckDB of its own builds. It does not belong to what Spark built.
_KEPT_BY_DUCKDB = ("arrivals", "touched", "staging", "intermediate")


def export_raw(connection: duckdb.DuckDBPyConnection, settings: Settings) -> bool:
    """Write what was loaded as Parquet, a folder per table and load; loads that lie there whole stay.

    A load from which rows were erased since is written anew, and so is a table that got another column.

    Returns:
        Whether all that lay there stayed, so that a build needs only what is new.
    """
    of_loads = connection.execute(
        "select table_name from duckdb_columns()"
        " where database_name = current_database() and schema_name = 'raw' and column_name = '_load_id'"
    ).fetchall()
    stayed = [_export_loads(connection, table, settings.spark_raw / table) for (table,) in of_loads]
    for table in ("loads", "quarantine"):
        _export_whole(connection, table, settings.spark_raw / table)
    return all(stayed)


def _export_loads(connection: duckdb.DuckDBPyConnection, table: str, folder: Path) -> bool:
    counted = f"select _load_id, count(*) from raw.{table} group by _load_id"
    wanted: dict[int, int] = dict(connection.execute(counted).fetchall())
    lay_there = any(folder.glob("_load_id=*"))
    if not wanted:  # Spark reads the columns of an empty table from a file without rows
        _export_whole(connection, table, folder)
        return not lay_there
    files = f"read_parquet('{folder}/*/*.parquet', hive_partitioning = true)"
    held: dict[int, int] = {}
    if lay_there and _columns(connection, files) == _columns(connection, f"raw.{table}"):
        held = dict(connection.execute(counted.replace(f"raw.{table}", files)).fetchall())
    else:
        shutil.rmtree(folder, ignore_errors=True)
    for load in held.keys() - wanted.keys():
        shutil.rmtree(folder / f"_load_id={load}")
    stayed = bool(held) or not lay_there
    stayed &= all(wanted.get(load) == count for load, count in held.items())
    missing = ", ".join(str(load) for load in wanted if held.get(load) != wanted[load])
    if not missing:
        return stayed
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent, prefix=".") as draft:
        connection.execute(
            f"copy (from raw.{table} where _load_id in ({missing})) to '{draft}'"
            " (format parquet, compression zstd, partition_by (_load_id), overwrite)"
        )
        for part in Path(draft).iterdir():
            shutil.rmtree(folder / part.name, ignore_errors=True)
            part.rename(folder / part.name)
    return stayed


def _export_whole(connection: duckdb.DuckDBPyConnection, table: str, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    connection.execute(f"copy raw.{table} to '{folder}/rows.parquet' (format parquet, compression zstd)")


def _columns(connection: duckdb.DuckDBPyConnection, relation: str) -> set[str]:
    return {row[0] for row in connection.execute(f"describe from {relation}").fetchall()}


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
            folder = settings.spark_warehouse / f"{schema}.db" / table
            if any(folder.glob("**/*.parquet")):
                rows = (
                    f"select {listed} from read_parquet('{folder}/**/*.parquet', hive_partitioning = false)"
                )
                connection.execute(f"create table {schema}.{table} as {rows}")
            else:  # no date, no file
                columns = ", ".join(f"{name} {kind}" for name, kind in _types(node).items())
                connection.execute(f"create table {schema}.{table} ({columns})")
    connection.execute("commit")


def _types(node: dict[str, Any]) -> dict[str, str]:
    """Column → type as the contract has it, or the seed."""
    if node["resource_type"] == "seed":
        return dict(node["config"]["column_types"])
    return {name: column["data_type"] for name, column in node["columns"].items()}
