"""One market built by DuckDB and by Spark: the tables of both side by side, and what differs."""

import math
from collections.abc import Collection

import duckdb

from warehouse.settings import Settings


def show_spark(connection: duckdb.DuckDBPyConnection, spark: Settings) -> None:
    """Beside DuckDB's tables, show the files of Spark, each table as <schema>.spark_<table>."""
    connection.execute("set timezone = 'UTC'")
    for folder in spark.spark_warehouse.glob("*.db/*"):
        connection.execute(
            f"create view {folder.parent.stem}.spark_{folder.name} as"
            f" from read_parquet('{folder}/**/*.parquet', hive_partitioning = false)"
        )


def tables(connection: duckdb.DuckDBPyConnection, kind: str) -> set[str]:
    """The tables (``BASE TABLE``) or views (``VIEW``) that dbt made, each as <schema>.<table>."""
    rows = connection.execute(
        "select table_schema || '.' || table_name from information_schema.tables"
        " where table_type = ? and table_schema not in ('raw', 'audit')",
        [kind],
    ).fetchall()
    return {row[0] for row in rows}


def differences(
    connection: duckdb.DuckDBPyConnection, schema: str, ignored: Collection[str] = ()
) -> dict[str, str]:
    """Table → what differs, for the tables of a schema that Spark made; no table that is the same."""
    names = [
        name.replace(".spark_", ".")
        for name in tables(connection, "VIEW")
        if name.startswith(f"{schema}.spark_")
    ]
    assert names
    return {name: found for name in names if (found := _difference(connection, name, ignored))}


def _difference(connection: duckdb.DuckDBPyConnection, name: str, ignored: Collection[str]) -> str | None:
    columns = {row[0]: row[1] for row in connection.execute(f"describe {name}").fetchall()}
    theirs = name.replace(".", ".spark_")
    if {row[0] for row in connection.execute(f"describe {theirs}").fetchall()} != set(columns):
        return "columns"
    told = {column: kind for column, kind in columns.items() if column not in ignored}
    doubles = [column for column, kind in told.items() if kind == "DOUBLE"]
    exact = ", ".join(_one_form(column, kind) for column, kind in told.items() if kind != "DOUBLE")
    for one, other in ((name, theirs), (theirs, name)):
        only = f"select {exact} from {one} except all select {exact} from {other}"
        if row := connection.execute(f"{only} limit 1").fetchone():
            return f"only in {one}: {row}"
    if not doubles:
        return None
    listed = ", ".join(doubles)
    rows = [
        connection.execute(f"select {listed} from {table} order by ({exact}), {listed}").fetchall()
        for table in (name, theirs)
    ]
    for one, other in zip(*rows, strict=True):
        if not all(_is_near(*values) for values in zip(one, other, strict=True)):
            return f"{one} and {other}"
    return None


def _is_near(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9)


def _one_form(column: str, kind: str) -> str:
    """The column in DuckDB's type; a list in order, and absent when it is empty."""
    if kind.endswith("[]"):
        return f"nullif(list_sort({column}), [])"
    return f"cast({column} as {kind})"
