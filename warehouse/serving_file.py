"""Writes one file for readers: the published tables, what they mean, the builds, the audit, the macros.

Row tables lie in files of a month beside it (``warehouse.row_files``).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse import ledger
from warehouse.append import append_rows
from warehouse.denominators import denominator_of
from warehouse.errors import WaymartError
from warehouse.fingerprint import models_in
from warehouse.ledger import Build
from warehouse.macros import create_macros, first_line
from warehouse.manifest import Column, Metric, Table
from warehouse.row_files import RowFile, create_view, read_row_files, save, search_in, write_row_files
from warehouse.settings import Settings


def write_serving_file(
    connection: duckdb.DuckDBPyConnection, settings: Settings, build: Build, tables: list[Table], path: Path
) -> None:
    """Write the file at ``path`` from the open warehouse; whole and checkpointed when this returns.

    Raises:
        WaymartError: a table is not as the audit saw it, or a macro or metric cannot be calculated.
    """
    published = [table for table in tables if table.is_published]
    with _attached(connection, path):
        for table in published:
            if table.published_by is None:
                source = f"{table.schema}.{table.name}"
                try:
                    rows = _narrowed(connection, source)
                    connection.execute(f"create table serving.main.{table.name} as {rows}")
                except duckdb.ConversionException:  # A sum that needs the 38 digits keeps them.
                    connection.execute(f"create table serving.main.{table.name} as from {source}")
        _write_rows(connection, settings, build, published)
        _check_rows(connection, build, published)
        _write_dictionary(connection, published)
        connection.execute("create table serving.main.builds as from audit.builds order by build_id")
        ledger.update(connection, build, "serving.main.builds")
        for name in ("results", "profile"):
            connection.execute(
                f"create table serving.main.audit_{name} as from audit.{name} where build_id = ?",
                [build.build_id],
            )
        with _in_use(connection, "serving"):
            create_macros(connection, settings)
            _check_formulas(connection, published)
        connection.execute("checkpoint serving")


def _narrowed(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    """Return the query of a table whose decimals of 38 digits, which sums are, have 18 as the rows do.

    DuckDB reads them fifty times faster so. Its run ends with ConversionException where a sum needs more; a
    reader's sum of them has 38 again.
    """
    wide = [
        f'"{name}"::{kind.replace("DECIMAL(38,", "DECIMAL(18,")} as "{name}"'
        for name, kind, *_ in connection.execute(f"describe {table}").fetchall()
        if kind.startswith("DECIMAL(38,")
    ]
    return f"select * replace ({', '.join(wide)}) from {table}" if wide else f"from {table}"


def _write_rows(
    connection: duckdb.DuckDBPyConnection, settings: Settings, build: Build, published: list[Table]
) -> None:
    """Write or take over the files of the row tables; other models make other rows of the same loads."""
    search_in(connection, settings.serving)
    last = settings.published_file()
    kept = read_row_files(last) if last and _models_of(last) == models_in(build.fingerprint) else []
    files: list[RowFile] = []
    for table in published:
        if table.published_by is not None:
            own = write_row_files(connection, settings.serving, build.build_id, table, kept)
            create_view(connection, table, own)
            files += own
    save(connection, files)


def _models_of(published: Path) -> str:
    with duckdb.connect(published, read_only=True) as connection:
        [build] = [row for row in ledger.read_builds(connection, "main") if row.build_id == published.stem]
    return models_in(build.fingerprint)


@contextmanager
def _attached(connection: duckdb.DuckDBPyConnection, path: Path) -> Iterator[None]:
    connection.execute("attach $$" + str(path) + "$$ as serving")
    try:
        yield
    finally:
        connection.execute("detach serving")


@contextmanager
def _in_use(connection: duckdb.DuckDBPyConnection, database: str) -> Iterator[None]:
    row = connection.execute("select current_database()").fetchone()
    assert row is not None
    connection.execute(f'use "{database}"')
    try:
        yield
    finally:
        connection.execute(f'use "{row[0]}"')


def _check_rows(connection: duckdb.DuckDBPyConnection, build: Build, published: list[Table]) -> None:
    """What is published must be what was audited: plain dbt may have run in between."""
    audited = dict(
        connection.execute(
            "select table_name, value::bigint from audit.profile"
            " where build_id = ? and measure = 'count(*)' and rows_where is null and cut_by is null",
            [build.build_id],
        ).fetchall()
    )
    for table in published:
        if table.is_given:
            continue
        row = connection.execute(f"select count(*) from serving.main.{table.name}").fetchone()
        assert row is not None
        if audited.get(table.name) != row[0]:
            raise WaymartError(
                f"{table.name} has {row[0]} rows where the audit saw {audited.get(table.name)}: "
                "the tables changed since, do `waymart run` again."
            )


def _write_dictionary(connection: duckdb.DuckDBPyConnection, published: list[Table]) -> None:
    connection.execute("""
        create table serving.main.data_dictionary (
            table_name varchar, name varchar, kind varchar, label varchar, label_zh varchar, unit varchar,
            description varchar, description_zh varchar, source varchar, formula varchar,
            final_metric varchar, denominator varchar
        )
    """)
    rows = [
        row
        for table in published
        for row in [
            *((table.name, of.name, "column", *_meaning(of), of.source, *[None] * 3) for of in table.columns),
            *(
                (table.name, of.name, "metric", *_meaning(of), None, of.formula, of.final, whole)
                for of in table.metrics
                for whole in [denominator_of(connection, of.formula)]
            ),
        ]
    ]
    append_rows(connection, "serving.main.data_dictionary", ["varchar"] * 12, rows)


def _meaning(of: Column | Metric) -> tuple[str | None, ...]:
    return of.label, of.label_zh, of.unit, of.description, of.description_zh


def _check_formulas(connection: duckdb.DuckDBPyConnection, published: list[Table]) -> None:
    """Bind every formula as a page will ask it, so that no page meets one that cannot be calculated."""
    for table in published:
        if _unbound(connection, table, table.metrics) is None:
            continue
        for metric in table.metrics:
            if error := _unbound(connection, table, [metric]):
                raise WaymartError(f"The metric {metric.name} of {table.name} cannot be calculated: {error}.")


def _unbound(connection: duckdb.DuckDBPyConnection, table: Table, metrics: Sequence[Metric]) -> str | None:
    """Return why formulas of a table cannot be bound, None where they can."""
    if metrics:
        listed = ", ".join(f"{metric.formula} as {metric.name}" for metric in metrics)
        try:
            connection.execute(f"explain select {listed} from {table.name}")
        except duckdb.Error as error:
            return first_line(error)
    return None
