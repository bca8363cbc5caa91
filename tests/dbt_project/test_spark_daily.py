"""Spark takes up what arrived: the same tables as DuckDB makes of everything, and other dates left alone."""

import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import duckdb
import polars as pl
import pytest
from built_warehouse import KEY, run_dbt
from two_engines import differences, show_spark

from benchmarks.arrivals import write_arrivals
from ingest.loading.load import create_raw, load_file
from simulator import write_market
from warehouse.settings import Settings
from warehouse.spark import build_on_spark

pytest.importorskip("pyspark", reason="Spark is not installed: make engines")
pytestmark = pytest.mark.spark

SEED, ORDERS = 20_191, 400
DAYS, UNTIL = (date(2019, 6, 10), date(2019, 6, 22)), date(2019, 7, 2)
#: The only order of its date, until a later snapshot says that it was placed on another.
MOVED, LONE, OTHER = "moved", datetime(2019, 1, 5, 4, tzinfo=UTC), datetime(2019, 6, 15, 4, tzinfo=UTC)
#: Which load was the newest when a row was last written.
OF_BUILDS = {"_load_id"}

#: Date → name and time of each file in its folder.
Folders = dict[str, set[tuple[str, int]]]


@dataclass(frozen=True)
class Daily:
    """The market after its last arrival, which says of one waybill and of one order something new."""

    duck: Settings
    spark: Settings
    waybill_number: str
    #: Table → its folders before and after the build of the last arrival.
    before: dict[str, Folders]
    after: dict[str, Folders]

    def changed(self, table: str) -> set[str]:
        """The dates of which the last build wrote or removed any file."""
        before, after = self.before[table], self.after[table]
        return {day for day in before.keys() | after.keys() if before.get(day) != after.get(day)}


def folders_of(spark: Settings) -> dict[str, Folders]:
    found: dict[str, Folders] = {}
    for path in spark.spark_warehouse.glob("*/*/partition_date=*/*.parquet"):
        days = found.setdefault(path.parts[-3], {})
        day = path.parent.name.removeprefix("partition_date=")
        days.setdefault(day, set()).add((path.name, path.stat().st_mtime_ns))
    return found


def rows_of(market: Path, entity: str) -> pl.DataFrame:
    paths = sorted((market / "feeds" / "waymart").glob(f"*/{entity}.parquet"))
    return pl.concat([pl.read_parquet(path) for path in paths], how="diagonal")


def moved_order(market: Path, folder: Path, placed_at: datetime) -> list[Path]:
    """An order with a line, as one snapshot has it."""
    folder.mkdir(parents=True)
    said = {"order_number": pl.lit(MOVED), "updated_at": pl.lit(placed_at)}
    of_order = said | {"placed_at": pl.lit(placed_at), "paid_at": pl.lit(placed_at)}
    rows_of(market, "orders")[:1].with_columns(**of_order).write_parquet(folder / "orders.parquet")
    rows_of(market, "order_lines")[:1].with_columns(**said).write_parquet(folder / "order_lines.parquet")
    return [folder / "orders.parquet", folder / "order_lines.parquet"]


def one_scan_more(market: Path, folder: Path) -> tuple[str, Path]:
    """A late scan; returns its waybill's number too."""
    scan = rows_of(market, "waybill_events").filter(pl.col("event_code") == "departed")[:1]
    late = scan.with_columns(pl.col("occurred_at", "received_at") + timedelta(seconds=1))
    path = folder / "waybill_events.parquet"
    late.write_parquet(path)
    return late.item(0, "waybill_number"), path


@pytest.fixture(scope="module")
def daily(tmp_path_factory: pytest.TempPathFactory) -> Daily:
    print(f"seed {SEED}")
    root = tmp_path_factory.mktemp("daily")
    duck, spark = Settings(home=root / "duckdb"), Settings(home=root / "spark")
    market = root / "market"
    write_market(ORDERS, *DAYS, SEED % 1000, market, until_date=UNTIL, daily=True, cross_border=0.05)
    first, second = write_arrivals(market, root / "arrivals", Random(SEED), 2)
    first += moved_order(market, root / "lone", LONE)
    third = moved_order(market, root / "other", OTHER)
    number, scan = one_scan_more(market, root / "other")
    spark.home.mkdir()
    before: dict[str, Folders] = {}
    for files in (first, second, [*third, scan]):
        with duckdb.connect(spark.warehouse) as connection:
            create_raw(connection)
            for path in files:
                load_file(connection, "waymart", path, pseudonym_key=KEY, is_simulated=True)
        before = folders_of(spark)
        build_on_spark(spark)
    duck.home.mkdir()
    shutil.copy(spark.warehouse, duck.warehouse)
    run_dbt(duck.home, "build", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")
    return Daily(duck, spark, number, before, folders_of(spark))


def test_what_arrived_in_three_parts_is_built_as_one(daily: Daily) -> None:
    with duckdb.connect(daily.duck.warehouse) as connection:
        show_spark(connection, daily.spark)
        found = [differences(connection, schema, OF_BUILDS) for schema in ("core", "reports", "extracts")]
    assert found == [{}, {}, {}]


@pytest.mark.parametrize("table", ["fct_orders", "fct_order_lines"])
def test_a_date_that_lost_its_last_order_is_gone_and_only_its_new_date_is_written(
    daily: Daily, table: str
) -> None:
    assert daily.changed(table) == {"2019-01-05", "2019-06-15"}
    assert "2019-01-05" not in daily.after[table]
    assert len(daily.before[table]) > 10


def test_a_late_scan_writes_its_date_and_that_of_its_waybill(daily: Daily) -> None:
    with duckdb.connect(daily.duck.warehouse) as connection:
        connection.execute("set timezone = 'UTC'")
        waybills, scans = (
            {str(day) for (day,) in connection.execute(query, [daily.waybill_number]).fetchall()}
            for query in (
                "select coalesce(registered_date, first_event_date) from core.fct_waybills"
                " where waybill_number = ?",
                "select occurred_at::date from raw.waybill_events where waybill_number = ?"
                " and _load_id = (select max(_load_id) from raw.waybill_events)",
            )
        )
    assert daily.changed("fct_waybills") == waybills
    assert daily.changed("fct_waybill_events") == scans
    assert len(daily.before["fct_waybills"]) > 10


def test_the_warehouse_holds_what_spark_built(daily: Daily) -> None:
    with duckdb.connect(daily.spark.warehouse, read_only=True) as connection:
        told = "select count(*), sum(gmv_paid), min(order_date) from core.fct_orders"
        ours = connection.execute(told).fetchone()
    with duckdb.connect(daily.duck.warehouse, read_only=True) as connection:
        assert ours == connection.execute(told).fetchone()
