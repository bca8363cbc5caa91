"""Loads files into a warehouse of their own and builds it with dbt, as anyone would."""

from collections.abc import Callable
from pathlib import Path

import duckdb
from dbt_at_hand import run_at_hand

from ingest.loading.load import create_raw, load_file
from warehouse.settings import Settings

PROJECT = Path(__file__).parents[2] / "dbt_project"
KEY = b"a key of the tests, 32 bytes long"

#: Provider and file, in the order in which they are loaded.
Loads = list[tuple[str, Path]]
#: Name of the warehouse, what is loaded, time zone of dbt's session → path of the warehouse.
Build = Callable[[str, Loads, str], Path]


def run_dbt(home: Path, *arguments: str, session_zone: str = "UTC") -> None:
    """Run dbt in a session of that time zone; all it writes lies in `home`."""
    run_at_hand(Settings(home=home), *arguments, zone=session_zone)


def load(home: Path, loads: Loads) -> None:
    home.mkdir()
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        create_raw(connection)
        for provider, path in loads:
            load_file(connection, provider, path, pseudonym_key=KEY)


def one(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[object, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row
