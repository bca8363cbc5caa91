"""The ledger of builds (``audit.builds``) and what the audit said of each (``audit.results``)."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Literal

import duckdb

State = Literal["building", "interrupted", "failed", "built", "audited", "failed_audit", "published"]

#: States whose models stand whole in the warehouse file.
WHOLE: frozenset[State] = frozenset({"built", "audited", "failed_audit", "published"})

_ID = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Build:
    """One row of ``audit.builds``. Times are UTC, None while the step has not ended."""

    build_id: str
    state: State
    is_simulated: bool
    fingerprint: str
    accepted_reason: str | None
    started_at: datetime
    built_at: datetime | None
    audited_at: datetime | None
    published_at: datetime | None


_COLUMNS = ", ".join(field.name for field in fields(Build))


def create_ledger(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the ``audit`` schema and its tables where they are not there yet."""
    connection.execute("""
        create schema if not exists audit;
        create table if not exists audit.builds (
            build_id varchar primary key,
            state varchar not null,
            is_simulated boolean not null,
            fingerprint varchar not null,
            accepted_reason varchar,
            started_at timestamptz not null,
            built_at timestamptz,
            audited_at timestamptz,
            published_at timestamptz
        );
        create table if not exists audit.results (
            build_id varchar not null,
            expectation varchar not null,
            table_name varchar not null,
            column_name varchar,
            severity varchar not null,
            is_met boolean not null,
            observed varchar,
            expected varchar not null,
            reason varchar not null,
            audited_at timestamptz not null
        );
        create table if not exists audit.profile (
            build_id varchar not null,
            table_name varchar not null,
            measure varchar not null,
            rows_where varchar,
            cut_by varchar,
            calendar_date date,
            value double
        );
    """)


def read_builds(connection: duckdb.DuckDBPyConnection, schema: str = "audit") -> list[Build]:
    """Every build of the ledger, oldest first; none where there is no ledger yet."""
    is_there = connection.execute(
        "select count(*) from duckdb_tables() where schema_name = ? and table_name = 'builds'"
        " and database_name = current_database()",
        [schema],
    ).fetchone()
    if is_there == (0,):
        return []
    rows = connection.execute(f"select {_COLUMNS} from {schema}.builds order by build_id").fetchall()
    return [Build(*row) for row in rows]


def begin(connection: duckdb.DuckDBPyConnection, *, is_simulated: bool, fingerprint: str) -> Build:
    """Enter a new build as ``building``; one that was killed before it ended becomes ``interrupted``."""
    now = datetime.now(UTC).replace(microsecond=0)
    builds = read_builds(connection)
    if builds:  # an id is a second: two builds within one would share it
        now = max(now, datetime.strptime(builds[-1].build_id, _ID).replace(tzinfo=UTC) + timedelta(seconds=1))
    build = Build(now.strftime(_ID), "building", is_simulated, fingerprint, None, now, None, None, None)
    connection.execute("begin")
    connection.execute("update audit.builds set state = 'interrupted' where state = 'building'")
    connection.execute(
        f"insert into audit.builds ({_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [getattr(build, field.name) for field in fields(Build)],
    )
    connection.execute("commit")
    return build


def update(connection: duckdb.DuckDBPyConnection, build: Build, table: str = "audit.builds") -> None:
    """Write a build's row anew."""
    changed = [field.name for field in fields(Build) if field.name not in ("build_id", "started_at")]
    connection.execute(
        f"update {table} set {', '.join(f'{name} = ?' for name in changed)} where build_id = ?",
        [*(getattr(build, name) for name in changed), build.build_id],
    )
