"""Measures the tables in SQL: one pass per table (and per way of cutting it into days) for all bounds."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import NamedTuple

import duckdb

from warehouse.append import append_rows
from warehouse.bounds import Bound
from warehouse.errors import WaymartError
from warehouse.macros import create_macros, first_line
from warehouse.manifest import Table
from warehouse.settings import Settings

#: A measure's values: the whole table under None, else one per day.
Values = dict[date | None, float | None]


@dataclass(frozen=True)
class Check:
    """A bound on one table: ``measure`` is whole SQL, ``column`` the column or metric it is about."""

    bound: Bound
    table: str
    column: str | None
    measure: str

    @property
    def key(self) -> "Key":
        """What to measure."""
        return Key(self.table, self.measure, self.bound.where, self.bound.by)


class Key(NamedTuple):
    """What was measured: ``sql`` over the rows of a table, all or some, whole or cut into days."""

    table: str
    sql: str
    where: str | None
    by: str | None


@dataclass(frozen=True)
class Profile:
    """The measures of one build."""

    values: dict[Key, Values]

    def of(self, check: Check) -> Values:
        """The values of a check's measure; empty where it was not measured."""
        return self.values.get(check.key, {})


def checks(bounds: list[Bound], tables: list[Table], connection: duckdb.DuckDBPyConnection) -> list[Check]:
    """Apply every bound to the tables, columns and metrics that match it.

    Raises:
        WaymartError: a bound matches nothing, so it would pass unseen.
    """
    columns: dict[str, list[str]] = defaultdict(list)
    places = {(table.schema, table.name) for table in tables}
    for schema, table, column in connection.execute(
        "select schema_name, table_name, column_name from duckdb_columns()"
        " where database_name = current_database() order by all"
    ).fetchall():
        if (schema, table) in places:
            columns[table].append(column)
    found = []
    for bound in bounds:
        applied = [check for table in tables for check in _applied(bound, table, columns[table.name])]
        if not applied:
            raise WaymartError(f"The bound {bound.name} matches no table or column: change it in the bounds.")
        found += applied
    return found


def _applied(bound: Bound, table: Table, columns: list[str]) -> Iterator[Check]:
    if not fnmatchcase(table.name, bound.tables) or (bound.by is not None and bound.by not in columns):
        return
    if bound.columns is not None:
        for column in columns:
            if fnmatchcase(column, bound.columns):
                yield Check(bound, table.name, column, bound.measure.replace("{column}", column))
    elif bound.unit is not None:
        for metric in table.metrics:
            if metric.unit == bound.unit:
                yield Check(bound, table.name, metric.name, bound.measure.replace("{metric}", metric.formula))
    else:
        yield Check(bound, table.name, None, bound.measure)


def measure(
    connection: duckdb.DuckDBPyConnection, settings: Settings, tables: list[Table], of: list[Check]
) -> Profile:
    """Measure every check, and the rows of every table that is published.

    The measures read the tables as a page will: under their own names, with the serving macros.

    Raises:
        WaymartError: a measure is not valid SQL.
    """
    wanted: dict[tuple[str, str | None, str | None], dict[Key, None]] = defaultdict(dict)
    published = (table for table in tables if table.is_published)
    for key in [
        *(Key(table.name, "count(*)", None, None) for table in published),
        *(check.key for check in of),
    ]:
        wanted[key.table, key.where, key.by][key] = None
    row = connection.execute("select current_database()").fetchone()
    assert row is not None
    connection.execute("attach ':memory:' as measured")
    try:
        for table in tables:
            connection.execute(
                f'create view measured.main.{table.name} as from "{row[0]}".{table.schema}.{table.name}'
            )
        connection.execute("use measured")
        create_macros(connection, settings)
        values: dict[Key, Values] = {}
        for keys in wanted.values():
            values |= _measured(connection, list(keys))
    finally:
        connection.execute(f'use "{row[0]}"')
        connection.execute("detach measured")
    return Profile(values)


def _measured(connection: duckdb.DuckDBPyConnection, keys: list[Key]) -> dict[Key, Values]:
    """Measure all that is asked of the same rows, cut the same way, in one pass."""
    table, _, where, by = keys[0]
    listed = ", ".join(f"({key.sql})::double" for key in keys)
    chosen = " and ".join(f"({condition})" for condition in (where, by and f"{by} is not null") if condition)
    query = f"select {by or 'null'}::date, {listed} from {table} where {chosen or 'true'}"
    try:
        rows = connection.execute(f"{query} group by {by} order by {by}" if by else query).fetchall()
    except duckdb.Error as error:
        raise WaymartError(f"The audit cannot measure {table}: {first_line(error)}.") from error
    return {key: {row[0]: row[index] for row in rows} for index, key in enumerate(keys, start=1)}


def save(connection: duckdb.DuckDBPyConnection, build_id: str, profile: Profile) -> None:
    """Keep a build's profile until the next: publish takes it along, and there later audits find it."""
    connection.execute("delete from audit.profile")
    rows = [
        (build_id, *key, day, value)
        for key, series in profile.values.items()
        for day, value in series.items()
    ]
    append_rows(connection, "audit.profile", [*["varchar"] * 5, "date", "double"], rows)


def read_published(connection: duckdb.DuckDBPyConnection, settings: Settings) -> Profile | None:
    """The profile of the build that readers see now, None when nothing is published."""
    file = settings.published_file()
    if file is None:
        return None
    connection.execute(f"attach $${file}$$ as published (read_only)")
    try:
        rows = connection.execute(
            "select table_name, measure, rows_where, cut_by, calendar_date, value"
            " from published.main.audit_profile"
        ).fetchall()
    finally:
        connection.execute("detach published")
    values: dict[Key, Values] = defaultdict(dict)
    for *key, day, value in rows:
        values[Key(*key)][day] = value
    return Profile(dict(values))
