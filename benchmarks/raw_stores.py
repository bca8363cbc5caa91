"""Two homes for the raw scans, loaded by the same rule: a DuckDB table, and Parquet files that a ledger owns.

One transaction per file; a row whose 64-bit key is already there, within the time range of the file, is
left out, and so is a row that its file repeats.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import duckdb

from ingest.contract import SQL_TYPES, entity

SCANS = entity("waybill_events")
COLUMNS = ", ".join(f"{column.name} {SQL_TYPES[column.type]}" for column in SCANS.columns)
LEDGER = """
    create schema if not exists raw;
    create table if not exists raw.loads (
        load_id bigint, file_name varchar, parquet_name varchar, loaded_count bigint,
        first_at timestamptz, last_at timestamptz
    )
"""


def scalar(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Iterable[object] = ()) -> int:
    """Return the one whole number that a query answers."""
    row = connection.execute(sql, list(parameters)).fetchone()
    if row is None:
        raise LookupError(f"no row from: {sql}")
    return int(row[0])


def connect(path: Path, memory_gb: int) -> duckdb.DuckDBPyConnection:
    """Open a database with bounded memory; timestamps are read in UTC."""
    connection = duckdb.connect(str(path))
    connection.execute(
        f"set memory_limit = '{memory_gb}GB'; set timezone = 'UTC'; set parquet_metadata_cache = true"
    )
    connection.execute("set enable_progress_bar = false")
    return connection


class Store(Protocol):
    """Something that takes feed files and answers ``raw.waybill_events``."""

    connection: duckdb.DuckDBPyConnection

    def load(self, file: Path) -> None:
        """Load a file in one transaction; a file the ledger knows loads nothing."""

    def settle(self) -> None:
        """Finish what the form leaves for later."""

    def size(self) -> int:
        """Return the bytes on disk."""


class Form(Store, Protocol):
    """One form of the raw layer."""

    def erase(self, numbers: list[str]) -> None:
        """Take the scans of these waybills out of every reader's sight."""


def known(connection: duckdb.DuckDBPyConnection, file: Path) -> bool:
    """Tell whether the ledger has the file."""
    return bool(scalar(connection, "select count(*) from raw.loads where file_name = ?", [file.name]))


def stage(connection: duckdb.DuckDBPyConnection, file: Path) -> tuple[int, object, object]:
    """Read a file into ``incoming`` with its keys; return the load's id, first time and last time."""
    load_id = scalar(connection, "select coalesce(max(load_id), 0) + 1 from raw.loads")
    connection.execute(f"""
        create or replace temp table incoming as
        select * exclude (file_row_number),
            {load_id}::bigint as _load_id, file_row_number + 1 as _line_number,
            hash({", ".join(SCANS.identity)}) as _event_key
        from read_parquet('{file}', file_row_number = true)
    """)
    times = connection.execute(
        "select min(occurred_at)::varchar, max(occurred_at)::varchar from incoming"
    ).fetchone()
    assert times is not None
    return load_id, times[0], times[1]


def new_rows(earlier: str) -> str:
    """Return the query of the incoming rows that are neither repeated in their file nor among the earlier."""
    return f"""
        with repeated as (
            select _event_key, min(_line_number) as first_line from incoming group by all having count(*) > 1
        )
        select incoming.* from incoming left join repeated using (_event_key)
        where (first_line is null or first_line = _line_number)
            and not exists (from ({earlier}) as earlier where earlier._event_key = incoming._event_key)
    """


class Tables:
    """Raw rows in a DuckDB table beside the ledger."""

    def __init__(self, home: Path, memory_gb: int) -> None:
        """Open or create the warehouse."""
        home.mkdir(parents=True, exist_ok=True)
        self.path = home / "warehouse.duckdb"
        self.connection = connect(self.path, memory_gb)
        loader = "_load_id bigint, _line_number bigint, _event_key ubigint"
        self.connection.execute(LEDGER)
        self.connection.execute(f"create table if not exists raw.waybill_events ({COLUMNS}, {loader})")

    def load(self, file: Path) -> None:
        """Insert rows and ledger row in one transaction."""
        if known(self.connection, file):
            return
        self.connection.begin()
        load_id, first, last = stage(self.connection, file)
        earlier = f"from raw.waybill_events where occurred_at between '{first}' and '{last}'"
        count = scalar(
            self.connection, f"insert into raw.waybill_events {new_rows('select _event_key ' + earlier)}"
        )
        self.connection.execute(
            "insert into raw.loads values (?, ?, null, ?, ?, ?)", [load_id, file.name, count, first, last]
        )
        self.connection.commit()

    def settle(self) -> None:
        """Write the log into the database file."""
        self.connection.execute("checkpoint")

    def erase(self, numbers: list[str]) -> None:
        """Delete the rows."""
        self.connection.execute(
            "delete from raw.waybill_events where waybill_number in (select unnest(?))", [numbers]
        )
        self.settle()

    def rewrite(self) -> None:
        """Copy the rows into a new file, which is what removes the deleted bytes."""
        new = self.path.with_name("rewritten.duckdb")
        self.connection.execute(f"attach '{new}' as rewritten; create schema rewritten.raw")
        for table in ("loads", "waybill_events"):
            self.connection.execute(f"create table rewritten.raw.{table} as from raw.{table}")
        self.connection.execute("detach rewritten")
        new.unlink()

    def size(self) -> int:
        """Return the bytes of the database file."""
        return self.path.stat().st_size


class LedgerFiles:
    """Raw rows in one Parquet file per load; the ledger names the files that count."""

    def __init__(self, home: Path, memory_gb: int) -> None:
        """Open or create the ledger."""
        self.folder = home / "waybill_events"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.connection = connect(home / "warehouse.duckdb", memory_gb)
        self.connection.execute(LEDGER)

    def write(self, rows: str, name: str) -> tuple[Path, int]:
        """Write a Parquet file that is on disk whole before it has its name; return it and its row count."""
        file = self.folder / f"{name}.parquet"
        part = file.with_suffix(".part")
        count = scalar(self.connection, f"copy ({rows}) to '{part}' (format parquet, compression zstd)")
        for path in (part, self.folder):
            handle = os.open(path, os.O_RDONLY)
            os.fsync(handle)
            os.close(handle)
        part.rename(file)
        return file, count

    def load(self, file: Path, *, look_back: bool = True) -> None:
        """Write the file's new rows, then own them by a ledger row; the first file also makes the view."""
        if known(self.connection, file):
            return
        load_id, first, last = stage(self.connection, file)
        touched = self.connection.execute(
            "select parquet_name from raw.loads where last_at >= ? and first_at <= ?", [first, last]
        ).fetchall()
        earlier = "select 0::ubigint as _event_key where false"
        if touched and look_back:
            names = ", ".join(f"'{name}'" for (name,) in touched)
            earlier = f"""select _event_key from read_parquet([{names}])
                where occurred_at between '{first}' and '{last}'"""
        written, count = self.write(new_rows(earlier), f"load_{load_id:06}")
        self.connection.execute(
            "insert into raw.loads values (?, ?, ?, ?, ?, ?)",
            [load_id, file.name, str(written), count, first, last],
        )
        if load_id == 1:
            self.connection.execute(f"""
                create view raw.waybill_events as
                select * exclude (filename) from read_parquet('{self.folder}/*.parquet', filename = true)
                where filename in (select parquet_name from raw.loads)
            """)

    def settle(self) -> None:
        """Write the ledger's log into the database file."""
        self.connection.execute("checkpoint")

    def erase(self, numbers: list[str]) -> None:
        """Rewrite each file with such rows, swap the names in one transaction, delete the old files."""
        view = f"read_parquet('{self.folder}/*.parquet', filename = true)"
        having = "waybill_number in (select unnest(?))"
        touched = self.connection.execute(
            f"select distinct filename from {view} where {having}", [numbers]
        ).fetchall()
        self.connection.execute(
            "create or replace temp table erased as select unnest(?) as waybill_number", [numbers]
        )
        swaps = []
        for (old,) in touched:
            rows = f"from read_parquet('{old}') anti join erased using (waybill_number)"
            new, count = self.write(f"select * {rows}", f"{Path(old).stem}_erased")
            swaps.append((str(new), count, old))
        self.connection.begin()
        for swap in swaps:
            self.connection.execute(
                "update raw.loads set parquet_name = ?, loaded_count = ? where parquet_name = ?", swap
            )
        self.connection.commit()
        for _, _, old in swaps:
            Path(old).unlink()

    def size(self) -> int:
        """Return the bytes of the Parquet files."""
        return sum(file.stat().st_size for file in self.folder.iterdir())
