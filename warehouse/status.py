"""What was loaded, built and published, read without changing anything."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import duckdb

from warehouse import ledger
from warehouse.connection import open_warehouse
from warehouse.fingerprint import fingerprint
from warehouse.ledger import Build
from warehouse.publish import kept_files
from warehouse.settings import Settings

_LOADS = """
    select
        provider_id,
        entity,
        count(*) as load_count,
        sum(read_count)::bigint as read_count,
        sum(loaded_count)::bigint as loaded_count,
        sum(duplicate_count)::bigint as duplicate_count,
        sum(quarantined_count)::bigint as quarantined_count,
        bool_or(is_simulated) as is_simulated,
        max(loaded_at) as last_loaded_at
    from raw.loads
    group by provider_id, entity
    order by provider_id, entity
"""


@dataclass(frozen=True)
class Status:
    """The state of a line. ``published`` is what readers see, whatever was built since."""

    home: str
    warehouse_bytes: int | None
    published: Build | None
    #: Whether the newest published build has all that is loaded and the models as they are.
    is_up_to_date: bool | None
    #: Newest first.
    builds: list[Build] = field(default_factory=list)
    kept_build_ids: list[str] = field(default_factory=list)
    loads: list[dict[str, Any]] = field(default_factory=list)
    #: Per provider: its newest event (``as_of_at``) as of the last build.
    freshness: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Plain values: times as ISO 8601 in UTC."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain


def read_status(settings: Settings) -> Status:
    """Read the status; an empty home has an empty one.

    Raises:
        WarehouseLockedError: another process holds the warehouse.
    """
    if not settings.warehouse.exists():
        return Status(str(settings.home), None, None, None)
    with open_warehouse(settings, read_only=True) as connection:
        builds = ledger.read_builds(connection)
        file = settings.published_file()
        return Status(
            home=str(settings.home),
            warehouse_bytes=settings.warehouse.stat().st_size,
            published=next((build for build in builds if file and build.build_id == file.stem), None),
            is_up_to_date=unchanged_since(settings, connection) is not None if file else None,
            builds=builds[::-1],
            kept_build_ids=[path.stem for path in kept_files(settings)],
            loads=_rows(connection, _LOADS) if _has(connection, "raw", "loads") else [],
            freshness=_rows(connection, "select provider_id, as_of_at from core.dim_providers order by all")
            if _has(connection, "core", "dim_providers")
            else [],
        )


def read_set_aside(settings: Settings) -> list[tuple[str, str, int, str]]:
    """Return (entity, reason, rows, where the last stands) of what the last build left out of the facts."""
    with open_warehouse(settings, read_only=True) as connection:
        if not _has(connection, "core", "fct_set_aside_rows"):
            return []
        return connection.execute(
            "select entity, reason, count(*), "
            "arg_max(file_name || ':' || line_number, (load_id, line_number)) "
            "from core.fct_set_aside_rows group by all order by 3 desc, 1, 2"
        ).fetchall()


def unchanged_since(settings: Settings, connection: duckdb.DuckDBPyConnection) -> Build | None:
    """The newest published build, if a build made now would be made of the same; else None.

    After going back to an earlier build the newer one still counts: to publish it again changes nothing.
    """
    file = settings.published_file()
    if file is None:
        return None
    builds = [b for b in ledger.read_builds(connection) if b.state == "published" or b.build_id == file.stem]
    if not builds or builds[-1].fingerprint != fingerprint(settings, connection):
        return None
    return builds[-1]


def _has(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> bool:
    found = connection.execute(
        "from duckdb_tables() where schema_name = ? and table_name = ?", [schema, table]
    ).fetchone()
    return found is not None


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, datetime) else value
