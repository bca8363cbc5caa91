"""Builds that take up what arrived give what one build of everything gives."""

import shutil
from datetime import date
from pathlib import Path
from random import Random
from tempfile import mkdtemp

import duckdb
import pytest
from arrivals import write_arrivals
from built_warehouse import KEY, run_dbt
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from ingest.loading.load import create_raw, load_file
from simulator import write_market

ORDERS, DAYS, UNTIL = 700, (date(2019, 6, 10), date(2019, 6, 22)), date(2019, 7, 2)
#: Times of the builds themselves: which load was the newest when a row was last written.
_OF_BUILDS = {"_load_id"}


@pytest.mark.slow
@settings(
    max_examples=3,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32 - 1), arrivals=st.integers(2, 4))
@example(seed=3833579, arrivals=3)  # accounts of which one is another's code
def test_builds_of_what_arrived_are_a_build_of_everything(tmp_path: Path, seed: int, arrivals: int) -> None:
    print(f"seed {seed}, arrivals {arrivals}")
    _compare(Path(mkdtemp(dir=tmp_path)), seed, arrivals)  # an example may be tried again


def test_a_build_of_what_arrived_is_a_build_of_everything_and_so_is_one_after_an_erasure(
    tmp_path: Path,
) -> None:
    home = _compare(tmp_path, seed=20191, arrivals=2)
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute(
            "delete from raw.consumers where consumer_code = (select min(consumer_code) from raw.consumers)"
        )
    run_dbt(home, "run", "--select", "arrived_loads")
    assert not _is_bounded(home)
    assert not _is_whole(home), "one model was made anew, not all of them"


def _compare(folder: Path, seed: int, arrivals: int) -> Path:
    write_market(
        ORDERS, *DAYS, seed % 1000, folder / "market", until_date=UNTIL, daily=True, cross_border=0.05
    )
    files = write_arrivals(folder / "market", folder / "arrivals", Random(seed), arrivals)
    home = folder / "daily"
    home.mkdir(parents=True)
    for arrival in files:
        _load(home, arrival)
        run_dbt(home, "build", "--exclude-resource-type", "unit_test")
    assert _is_bounded(home), "the last build made everything anew"
    fresh = folder / "fresh"
    fresh.mkdir()
    shutil.copy(home / "warehouse.duckdb", fresh)
    run_dbt(fresh, "build", "--full-refresh", "--exclude-resource-type", "unit_test")
    daily, whole = _tables(home), _tables(fresh)
    assert daily.keys() == whole.keys()
    assert [name for name, rows in whole.items() if daily[name] != rows] == []
    return home


def _load(home: Path, files: list[Path]) -> None:
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        create_raw(connection)
        for path in files:
            load_file(connection, "waymart", path, pseudonym_key=KEY, is_simulated=True)
        # Half of the orders from a provider that shows neither refunds nor receipts: cells hold both.
        for table in ("orders", "order_lines"):
            connection.execute(
                f"update raw.{table} set provider_id = 'kuaidi100' where hash(order_number) % 2 = 0"
            )


def _is_bounded(home: Path) -> bool:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute("select after_load_id from arrivals.arrived_loads").fetchone() != (None,)


def _is_whole(home: Path) -> bool:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        return (
            connection.execute("from duckdb_tables() where table_name = 'built_loads'").fetchone() is not None
        )


def _tables(home: Path) -> dict[str, list[tuple[object, ...]]]:
    """The rows of everything that anyone reads, in an order of their own."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        names = connection.execute(
            "select table_schema || '.' || table_name from information_schema.tables"
            " where table_schema in ('core', 'reports', 'extracts') order by 1"
        ).fetchall()
        return {name: _rows(connection, name) for (name,) in names}


def _rows(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[object, ...]]:
    columns = connection.execute(f"describe {table}").fetchall()
    told = [
        # The last digits of a sum of doubles depend on the order of its rows.
        f"round({name}, 6)" if kind == "DOUBLE" else name
        for name, kind, *_ in columns
        if name not in _OF_BUILDS
    ]
    return connection.execute(f"select {', '.join(told)} from {table} order by all").fetchall()
