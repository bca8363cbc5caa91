"""The raw tables: the contract's entities with the loader's columns, the ledger and the quarantine."""

import duckdb

from ingest.contract import CONTRACT, SQL_TYPES, Entity

_LEDGER = """
create table if not exists raw.loads (
    load_id bigint not null,
    provider_id varchar not null,
    entity varchar not null,
    file_name varchar not null,
    file_fingerprint varchar not null,
    is_simulated boolean not null,
    read_count bigint not null,
    loaded_count bigint not null,
    duplicate_count bigint not null,
    quarantined_count bigint not null,
    started_at timestamptz not null,
    loaded_at timestamptz not null
)
"""

_QUARANTINE = """
create table if not exists raw.quarantine (
    load_id bigint not null,
    provider_id varchar not null,
    entity varchar not null,
    reason varchar not null,
    field varchar,
    file_name varchar not null,
    line_number bigint not null
)
"""


def _create_entity(entity: Entity) -> str:
    columns = [f"{c.name} {SQL_TYPES[c.type]}" for c in entity.columns]
    own = ["provider_id varchar", *columns, "_load_id bigint", "_line_number bigint", f"{entity.key} ubigint"]
    return f"create table if not exists raw.{entity.name} ({', '.join(own)})"


def create_raw(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the schema ``raw`` and every table in it that is not there yet."""
    connection.execute("create schema if not exists raw")
    for entity in CONTRACT:
        connection.execute(_create_entity(entity))
    connection.execute(_LEDGER)
    connection.execute(_QUARANTINE)
