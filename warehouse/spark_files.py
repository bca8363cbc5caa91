"""Parquet between the warehouse and Spark: the raw tables there, the tables that dbt built with it back."""

import shutil

import duckdb

from warehouse.settings import Settings


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
