"""Published row tables as files, one for each month: a month that did not change is not written again.

A file is never changed once it has its name. The published builds that have a month as it is in common
refer to one file; a file that no kept build refers to is removed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.append import append_rows
from warehouse.manifest import Table

#: The folder of row files, beside the published files, which name them relative to themselves.
FOLDER = "rows"


@dataclass(frozen=True)
class RowFile:
    """A month of a table. ``row_count`` and ``last_load_id`` change whenever a build changes its rows."""

    table_name: str
    #: ``2019-06``, or ``undated``.
    month: str
    row_count: int
    #: The newest load that the build which wrote any of these rows knew.
    last_load_id: int
    #: Relative to the folder of published files.
    file_name: str


def search_in(connection: duckdb.DuckDBPyConnection, serving: Path) -> None:
    """Have a connection find the row files that views of a published file name."""
    connection.execute(f"set file_search_path = $${serving}$$")


def write_row_files(
    connection: duckdb.DuckDBPyConnection, serving: Path, build_id: str, table: Table, kept: Iterable[RowFile]
) -> list[RowFile]:
    """Write the months of a table that none of the kept files holds as they are; return a file per month."""
    assert table.published_by is not None
    source = f"{table.schema}.{table.name}"
    month = f"coalesce(strftime({table.published_by}, '%Y-%m'), 'undated')"
    known = {
        (one.month, one.row_count, one.last_load_id): one for one in kept if one.table_name == table.name
    }
    found = connection.execute(
        f"select {month} as month, count(*), max(_load_id) from {source} group by month order by month"
    ).fetchall()
    files = []
    for month_of, row_count, load_id in found:
        file = known.get((month_of, row_count, load_id))
        if file is None or not (serving / file.file_name).exists():
            name = f"{FOLDER}/{table.name}/{month_of}-{build_id}.parquet"
            file = RowFile(table.name, month_of, row_count, load_id, name)
            path = serving / file.file_name
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f".{path.name}.tmp")
            # A merchant asks for its own rows: in order, only the row groups that hold them are read.
            connection.execute(
                f"copy (select columns(lambda name: name[1] != '_') from {source} where {month} = ?"
                f" order by all) to $${draft}$$ (format parquet, compression zstd, row_group_size 100_000)",
                [month_of],
            )
            draft.rename(path)
        files.append(file)
    return files


def create_view(connection: duckdb.DuckDBPyConnection, table: Table, files: list[RowFile]) -> None:
    """Put a table together from its files, in the attached database ``serving``."""
    if files:
        listed = ", ".join(f"'{file.file_name}'" for file in files)
        connection.execute(f"create view serving.main.{table.name} as from read_parquet([{listed}])")
    else:
        connection.execute(
            f"create table serving.main.{table.name} as select columns(lambda name: name[1] != '_')"
            f" from {table.schema}.{table.name}"
        )


def save(connection: duckdb.DuckDBPyConnection, files: list[RowFile]) -> None:
    """Enter the files in the attached database ``serving``: the next publish looks there."""
    connection.execute("""
        create table serving.main.row_files (
            table_name varchar, month varchar, row_count bigint, last_load_id bigint, file_name varchar
        )
    """)
    rows = [(f.table_name, f.month, f.row_count, f.last_load_id, f.file_name) for f in files]
    append_rows(
        connection, "serving.main.row_files", ["varchar", "varchar", "bigint", "bigint", "varchar"], rows
    )


def read_row_files(published: Path) -> list[RowFile]:
    """The files that a published file refers to; none where it was written before there were any."""
    with duckdb.connect(published, read_only=True) as connection:
        if not connection.execute("from duckdb_tables() where table_name = 'row_files'").fetchone():
            return []
        return [RowFile(*row) for row in connection.execute("from row_files").fetchall()]


def remove_unused(serving: Path, published: Iterable[Path]) -> None:
    """Remove the row files that none of the published files refers to."""
    used = {serving / file.file_name for path in published for file in read_row_files(path)}
    for path in (serving / FOLDER).glob("*/*"):
        if path not in used:
            path.unlink()
