"""Sets loaded rows aside by hand, and takes them back: what only a person can know to be wrong.

The rows leave the raw tables for the same tables of schema ``aside``, and stand in the quarantine meanwhile:
for every file rows read = loaded + duplicate + quarantined. What dbt knows of the tables that were built
goes with them, so the next build makes all anew.
"""

import re
from dataclasses import dataclass

import duckdb

from warehouse.connection import open_warehouse
from warehouse.errors import WaymartError
from warehouse.settings import Settings

#: The reason in the quarantine; the person's own words stand in ``aside.statements``.
BY_HAND = "set_aside_by_hand"


@dataclass(frozen=True)
class Moved:
    """How many rows of an entity in a file went aside, or came back."""

    entity: str
    file_name: str
    row_count: int


def set_aside(settings: Settings, place: str, reason: str) -> list[Moved]:
    """Set aside the rows of ``FILE`` or ``FILE:LINE``, as the ledger names the file or its name ends.

    Raises:
        WaymartError: no reason is given, no file or several are called so, or no row of it is loaded.
    """
    if not reason.strip():
        raise WaymartError("--reason needs words: say why these rows are set aside.")
    with open_warehouse(settings) as connection:
        _create(connection)
        connection.execute("begin")
        moved = []
        for load_id, entity, file_name, line in _loads(connection, place):
            target = f"aside.{entity}"
            connection.execute(
                f"create table if not exists {target} as select * from raw.{entity} where false"
            )
            rows = f"from raw.{entity} where _load_id = $load_id and ($line is null or _line_number = $line)"
            values = {"load_id": load_id, "line": line}
            count = _count(connection, f"select count(*) {rows}", values)
            if not count:
                continue
            connection.execute(f"insert into {target} by name select * {rows}", values)
            connection.execute(
                "insert into raw.quarantine select _load_id, provider_id, $entity, $reason, null, "
                f"$file_name, _line_number {rows}",
                values | {"entity": entity, "reason": BY_HAND, "file_name": file_name},
            )
            connection.execute(f"delete {rows}", values)
            _shift(connection, load_id, entity, -count)
            connection.execute(
                "insert into aside.statements values ($load_id, $entity, $file_name, $line, $reason, now())",
                values | {"entity": entity, "file_name": file_name, "reason": reason.strip()},
            )
            moved.append(Moved(entity, file_name, count))
        if not moved:
            connection.execute("rollback")
            raise WaymartError(f"No row of {place} is loaded: `waymart status --json` lists what is.")
        _forget_builds(connection)
        connection.execute("commit")
        return moved


def take_back(settings: Settings, place: str) -> list[Moved]:
    """Load again what was set aside of ``FILE`` or ``FILE:LINE``.

    Raises:
        WaymartError: nothing of it is set aside.
    """
    with open_warehouse(settings) as connection:
        _create(connection)
        connection.execute("begin")
        moved = []
        for load_id, entity, file_name, line in _loads(connection, place):
            values = {"load_id": load_id, "line": line}
            is_meant = "_load_id = $load_id and ($line is null or _line_number = $line)"
            if not _exists(connection, "aside", entity):
                continue
            count = _count(connection, f"select count(*) from aside.{entity} where {is_meant}", values)
            if not count:
                continue
            connection.execute(
                f"insert into raw.{entity} by name select * from aside.{entity} where {is_meant}",
                values,
            )
            connection.execute(f"delete from aside.{entity} where {is_meant}", values)
            connection.execute(
                "delete from raw.quarantine where load_id = $load_id and entity = $entity "
                "and reason = $reason and ($line is null or line_number = $line)",
                values | {"entity": entity, "reason": BY_HAND},
            )
            connection.execute(
                "delete from aside.statements where load_id = $load_id and entity = $entity "
                "and ($line is null or line_number = $line)",
                values | {"entity": entity},
            )
            _shift(connection, load_id, entity, count)
            moved.append(Moved(entity, file_name, count))
        if not moved:
            connection.execute("rollback")
            raise WaymartError(f"Nothing of {place} is set aside.")
        _forget_builds(connection)
        connection.execute("commit")
        return moved


def _create(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("""
        create schema if not exists aside;
        create table if not exists aside.statements (
            load_id bigint not null,
            entity varchar not null,
            file_name varchar not null,
            line_number bigint,
            reason varchar not null,
            set_aside_at timestamptz not null
        );
    """)


def _forget_builds(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop what dbt knows of built tables: where as many rows come as go, no count would tell it."""
    if _exists(connection, "arrivals", "builds"):
        connection.execute("drop table arrivals.builds")


def _loads(connection: duckdb.DuckDBPyConnection, place: str) -> list[tuple[int, str, str, int | None]]:
    """Return load, entity, file name and line of what a place means."""
    found = re.fullmatch(r"(?P<file>.+?)(?::(?P<line>\d+))?", place)
    assert found is not None
    file, line = found["file"], int(found["line"]) if found["line"] else None
    names = [
        str(row[0])
        for row in connection.execute(
            "select distinct file_name from raw.loads where file_name = $file or file_name like $ending "
            "order by file_name <> $file, file_name",
            {"file": file, "ending": f"%/{file}"},
        ).fetchall()
    ]
    if not names:
        raise WaymartError(f"No file called {file} was loaded: `waymart status --json` lists what was.")
    if names[0] != file and len(names) > 1:
        raise WaymartError(f"Several files are called so: name one of {', '.join(names[:10])}.")
    rows = connection.execute(
        "select load_id, entity from raw.loads where file_name = ? order by all", [names[0]]
    ).fetchall()
    return [(int(load_id), str(entity), names[0], line) for load_id, entity in rows]


def _exists(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> bool:
    query = "from duckdb_tables() where schema_name = ? and table_name = ?"
    return connection.execute(query, [schema, table]).fetchone() is not None


def _count(connection: duckdb.DuckDBPyConnection, query: str, values: dict[str, int | None]) -> int:
    row = connection.execute(query, values).fetchone()
    assert row is not None
    return int(row[0])


def _shift(connection: duckdb.DuckDBPyConnection, load_id: int, entity: str, count: int) -> None:
    """Count rows of a load as loaded that were quarantined, or the other way where ``count`` is negative."""
    connection.execute(
        "update raw.loads set loaded_count = loaded_count + $count, "
        "quarantined_count = quarantined_count - $count where load_id = $load_id and entity = $entity",
        {"count": count, "load_id": load_id, "entity": entity},
    )
