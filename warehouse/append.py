"""Appends many rows in one statement: row by row DuckDB needs a millisecond for each."""

from collections.abc import Sequence

import duckdb


def append_rows(
    connection: duckdb.DuckDBPyConnection, table: str, types: Sequence[str], rows: Sequence[Sequence[object]]
) -> None:
    """Append rows to a table; ``types`` are the SQL types of their values, in the table's order."""
    if rows:
        listed = ", ".join(f"unnest(?::{name}[])" for name in types)
        connection.execute(
            f"insert into {table} select {listed}", [list(column) for column in zip(*rows, strict=True)]
        )
