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


#: What the pseudonym key makes of a fixed text: tells another key, and nothing of the key.
_KEY = "create table if not exists raw.pseudonym_key (key_check varchar not null)"


def _columns(entity: Entity) -> dict[str, str]:
    contract = {c.name: SQL_TYPES[c.type] for c in entity.stored}
    loader = {"_load_id": "bigint", "_line_number": "bigint", entity.key: "ubigint"}
    return {"provider_id": "varchar"} | contract | loader


def create_raw(connection: duckdb.DuckDBPyConnection) -> None:
    """Create what ``raw`` does not have yet: the schema, tables, and columns that are new in the contract."""
    connection.execute("create schema if not exists raw")
    held = set(
        connection.execute(
            "select table_name, column_name from duckdb_columns() "
            "where schema_name = 'raw' and database_name = current_database()"
        ).fetchall()
    )
    for entity in CONTRACT:
        columns = _columns(entity)
        listed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        connection.execute(f"create table if not exists raw.{entity.name} ({listed})")
        if any(table == entity.name for table, _ in held):
            for name in (name for name in columns if (entity.name, name) not in held):
                # Rows loaded before do not know it: null.
                connection.execute(f"alter table raw.{entity.name} add column {name} {columns[name]}")
    for statement in (_LEDGER, _QUARANTINE, _KEY):
        connection.execute(statement)
