"""Who took which rows home, who was given a link, and who was refused: a line for each, never changed.

The lines are in a SQLite file of their own: several servers and commands may write at once, and each line is
on the disk before the file that it tells of is sent.
"""

import sqlite3
from contextlib import closing
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import polars as pl

from serving.access import Grant

Action = Literal["link", "download", "refused"]


@dataclass(frozen=True)
class Entry:
    """One line: ``what`` is the file's kind and form, or the address of what was refused.

    ``row_count`` is of the whole file, also where only a part of it was asked for; null where none was sent.
    """

    user_name: str
    action: Action
    what: str
    merchant_id: str | None = None
    build_id: str | None = None
    row_count: int | None = None


_COLUMNS = ("logged_at", *(field.name for field in fields(Entry)))


def note(log: Path, entry: Entry) -> None:
    """Add a line, on the disk when this returns."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(log, timeout=30)) as connection, connection:
        connection.execute("pragma synchronous = full")
        connection.execute(
            "create table if not exists entries (id integer primary key, logged_at text not null, "
            "user_name text not null, action text not null, what text not null, merchant_id text, "
            "build_id text, row_count integer)"
        )
        connection.execute("create index if not exists of_merchant on entries (merchant_id)")
        connection.execute(
            f"insert into entries ({', '.join(_COLUMNS)}) values ({', '.join('?' * len(_COLUMNS))})",
            (datetime.now(UTC).isoformat(timespec="milliseconds"), *astuple(entry)),
        )


def entries(log: Path, grant: Grant, merchant_id: str | None = None, limit: int = 1_000) -> pl.DataFrame:
    """Return the lines that are for this reader, newest first; times are UTC.

    An operator sees all of them, anyone else those of one shop that is theirs.

    Raises:
        RefusedError: the shop is not this reader's.
    """
    where, parameters = "", list[str | int]()
    if merchant_id is not None or not grant.sees_operations:
        grant.require(merchant_id or "")
        where, parameters = " where merchant_id = ?", [merchant_id or ""]
    schema = {name: pl.Int64 if name == "row_count" else pl.String for name in _COLUMNS}
    rows = []
    if log.exists():
        with closing(
            sqlite3.connect(f"{log.absolute().as_uri()}?mode=ro", timeout=30, uri=True)
        ) as connection:
            rows = connection.execute(
                f"select {', '.join(_COLUMNS)} from entries{where} order by id desc limit ?",
                [*parameters, limit],
            ).fetchall()
    found = pl.DataFrame(rows, schema=schema, orient="row")
    return found.with_columns(pl.col("logged_at").str.to_datetime(time_zone="UTC"))
