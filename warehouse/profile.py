"""Measures the tables in SQL: one pass per table (and per way of cutting it into days) for all bounds."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

import duckdb

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


@dataclass(frozen=True)
class Profile:
    """The measures of one build, keyed by table, measure and the date column that cuts it."""

    values: dict[tuple[str, str, str | None], Values]

    def of(self, check: Check) -> Values:
        """The values of a check's measure; empty where it was not measured."""
        return self.values.get((check.table, check.measure, check.bound.by), {})


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
            if metric.unit == bound.unit and fnmatchcase(metric.name, bound.metrics):
                yield Check(bound, table.name, metric.name, bound.measure.replace("{metric}", metric.formula))
    else:
        yield Check(bound, table.name, None, bound.measure)


def measure(
    connection: duckdb.DuckDBPyConnection, settings: Settings, tables: list[Table], of: list[Check]
) -> Profile:
    """Measure every check, and the rows of every table.

    The measures read the tables as a page will: under their own names, with the serving macros.

    Raises:
        WaymartError: a measure is not valid SQL.
    """
    wanted: dict[tuple[str, str | None], dict[str, None]] = defaultdict(dict)
    for table in tables:
        wanted[table.name, None]["count(*)"] = None
    for check in of:
        wanted[check.table, check.bound.by][check.measure] = None
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
        values: dict[tuple[str, str, str | None], Values] = {}
        for (name, by), measures in wanted.items():
            for measured, series in _measured(connection, name, by, list(measures)).items():
                values[name, measured, by] = series
    finally:
        connection.execute(f'use "{row[0]}"')
        connection.execute("detach measured")
    return Profile(values)


def _measured(
    connection: duckdb.DuckDBPyConnection, table: str, by: str | None, measures: list[str]
) -> dict[str, Values]:
    listed = ", ".join(f"({sql})::double" for sql in measures)
    cut = f"where {by} is not null group by all order by all" if by else ""
    try:
        rows = connection.execute(f"select {by or 'null'}::date, {listed} from {table} {cut}").fetchall()
    except duckdb.Error as error:
        raise WaymartError(f"The audit cannot measure {table}: {first_line(error)}.") from error
    return {sql: {row[0]: row[index] for row in rows} for index, sql in enumerate(measures, start=1)}


def save(connection: duckdb.DuckDBPyConnection, build_id: str, profile: Profile) -> None:
    """Keep a build's profile, for publish and for the audit of the next build."""
    connection.execute("delete from audit.profile where build_id = ?", [build_id])
    rows = [
        (build_id, table, sql, by, day, value)
        for (table, sql, by), series in profile.values.items()
        for day, value in series.items()
    ]
    names, measures, cuts, days, values = (
        list(column) for column in zip(*(row[1:] for row in rows), strict=True)
    )
    connection.execute(
        "insert into audit.profile select ?, unnest(?::varchar[]), unnest(?::varchar[]),"
        " unnest(?::varchar[]), unnest(?::date[]), unnest(?::double[])",
        [build_id, names, measures, cuts, days, values],
    )


def read_published(connection: duckdb.DuckDBPyConnection, settings: Settings) -> Profile | None:
    """The profile of the build that readers see now, None when nothing is published."""
    file = settings.published_file()
    if file is None:
        return None
    connection.execute(f"attach $${file}$$ as published (read_only)")
    try:
        rows = connection.execute(
            "select table_name, measure, cut_by, calendar_date, value from published.main.audit_profile"
        ).fetchall()
    finally:
        connection.execute("detach published")
    values: dict[tuple[str, str, str | None], Values] = defaultdict(dict)
    for table, sql, by, day, value in rows:
        values[table, sql, by][day] = value
    return Profile(dict(values))
