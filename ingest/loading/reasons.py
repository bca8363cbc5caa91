"""Counts why rows of loads were quarantined."""

from collections.abc import Sequence

import duckdb

from ingest.loading.load import Load


def count_reasons(
    connection: duckdb.DuckDBPyConnection, loads: Sequence[Load]
) -> list[tuple[str, str, str, int]]:
    """Return (entity, reason, field, rows) of what these loads quarantined, the most frequent first."""
    return connection.execute(
        "select entity, reason, coalesce(field, ''), count(*) from raw.quarantine "
        "where list_contains(?, load_id) group by all order by 4 desc, 1, 2, 3",
        [[load.load_id for load in loads if load.quarantined_count]],
    ).fetchall()
