"""Published metrics of the real Olist orders against plain Polars over the files as they lie there."""

from pathlib import Path

import duckdb
import polars as pl
import pytest
from built_warehouse import Build, Loads
from reference.brazil import date_in_state
from reference.subjects import Exact, ratio
from reference.subjects import quantile as quantile_of

from warehouse.macros import create_macros
from warehouse.manifest import read_tables
from warehouse.settings import Settings

#: An order that was cancelled and never came has left; one that came although it was cancelled counts.
IS_COUNTED = (pl.col("order_status") != "canceled") | pl.col("delivered_at").is_not_null()
_TIMES = {
    "order_purchase_timestamp": "placed_at",
    "order_delivered_carrier_date": "picked_up_at",
    "order_delivered_customer_date": "delivered_at",
}


@pytest.fixture(scope="module")
def orders(real_data: Path) -> pl.DataFrame:
    """Delivered or not, every order with its customer's state and its month in São Paulo's time."""
    read = pl.read_csv(real_data / "olist" / "olist_orders_dataset.csv", infer_schema=False)
    customers = pl.read_csv(real_data / "olist" / "olist_customers_dataset.csv", infer_schema=False)
    return (
        read.rename(_TIMES)
        .with_columns(
            pl.col(_TIMES.values())
            .str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us")
            .dt.replace_time_zone("America/Sao_Paulo", ambiguous="latest"),
            promised=pl.col("order_estimated_delivery_date").str.slice(0, 10).str.to_date(),
        )
        .join(customers.select("customer_id", "customer_state"), on="customer_id")
        .with_columns(
            month=pl.col("placed_at").dt.date().dt.truncate("1mo"),
            seconds=(pl.col("delivered_at") - pl.col("placed_at")).dt.total_seconds(),
            state=pl.format("BR-{}", "customer_state"),
            is_late=date_in_state("delivered_at", "customer_state") > pl.col("promised"),
        )
    )


@pytest.fixture(scope="module")
def parcels(real_data: Path, orders: pl.DataFrame) -> pl.DataFrame:
    """One parcel per order and seller that the carrier took, between two states.

    Also where the order was cancelled later: what became of the parcel is not told, so it stays under way.
    """
    items = pl.read_csv(real_data / "olist" / "olist_order_items_dataset.csv", infer_schema=False)
    sellers = pl.read_csv(real_data / "olist" / "olist_sellers_dataset.csv", infer_schema=False)
    return (
        items.select("order_id", "seller_id")
        .unique()
        .join(orders, on="order_id")
        .join(
            sellers.select("seller_id", origin=pl.format("BR-{}", "seller_state")), on="seller_id", how="left"
        )
        .filter(pl.col("picked_up_at").is_not_null())
        .with_columns(
            month=pl.col("picked_up_at").dt.date().dt.truncate("1mo"),
            seconds=(pl.col("delivered_at") - pl.col("picked_up_at")).dt.total_seconds(),
        )
    )


@pytest.fixture(scope="module")
def marts(build: Build, real_loads: Loads) -> duckdb.DuckDBPyConnection:
    """The reports of the real data under the names and with the macros that they are published with."""
    connection = duckdb.connect()
    connection.execute(f"attach '{build('real', real_loads, 'Asia/Shanghai')}' as warehouse (read_only)")
    for table in ("reports.mart_order_delivery_time", "reports.mart_lane_time"):
        connection.execute(f"create view {table.split('.')[1]} as from warehouse.{table}")
    for table in ("dim_providers", "dim_platforms", "dim_city_tiers"):
        connection.execute(f"create view {table} as from warehouse.core.{table}")
    create_macros(connection, Settings.from_environment())
    return connection


@pytest.fixture(scope="module")
def formulas(build: Build, real_loads: Loads) -> dict[tuple[str, str], str]:
    """Table and metric → formula, as they are published."""
    manifest = build("real", real_loads, "Asia/Shanghai").parent / "dbt" / "target" / "manifest.json"
    return {
        (table.name, metric.name): metric.formula
        for table in read_tables(manifest)
        for metric in table.metrics
    }


def _by(
    marts: duckdb.DuckDBPyConnection,
    formulas: dict[tuple[str, str], str],
    table: str,
    metric: str,
    *keys: str,
) -> dict[tuple[object, ...], float]:
    rows = marts.execute(
        f"select {', '.join(keys)}, {formulas[table, metric]} from {table}"
        " where platform_id = 'olist' group by all"
    ).fetchall()
    return {row[:-1]: row[-1] for row in rows}


def test_placed_to_delivered_by_customer_state(
    marts: duckdb.DuckDBPyConnection, formulas: dict[tuple[str, str], str], orders: pl.DataFrame
) -> None:
    ours = _by(
        marts, formulas, "mart_order_delivery_time", "mean_placed_to_last_delivery_hours", "province_id"
    )
    medians = _by(
        marts, formulas, "mart_order_delivery_time", "median_placed_to_last_delivery_hours", "province_id"
    )
    compared = 0
    for (state,), rows in orders.group_by("state"):
        seconds = rows["seconds"].drop_nulls()
        if seconds.len() < 30:
            continue
        compared += 1
        assert ours[(state,)] == pytest.approx(seconds.sum() / seconds.len() / 3600), state
        # Half of all orders that were not cancelled, those that never came ranking last.
        sent = rows.filter(IS_COUNTED)
        exact = quantile_of("seconds", pl.lit(True), 0.5)(sent)
        assert isinstance(exact, Exact)
        assert exact.hours is not None
        assert abs(medians[(state,)] - exact.hours) <= (12 if exact.hours <= 336 else 72), state
    assert compared > 10


def test_late_share_by_month(
    marts: duckdb.DuckDBPyConnection, formulas: dict[tuple[str, str], str], orders: pl.DataFrame
) -> None:
    ours = _by(marts, formulas, "mart_order_delivery_time", "late_order_share", "month_date")
    assert len(ours) > 12
    # A promise lasts to the end of its day where the customer lives; what never came by then is late too.
    as_of = max(orders[time].max() for time in _TIMES.values())  # type: ignore[type-var]
    due = orders.filter(IS_COUNTED, pl.col("promised") < as_of.date())
    expected = {
        (month,): ratio(rows["is_late"].fill_null(True).sum(), rows.height)
        for (month,), rows in due.group_by("month")
    }
    assert ours == pytest.approx(expected)
    assert due["is_late"].sum() == 755


def test_seller_state_to_customer_state_lanes(
    marts: duckdb.DuckDBPyConnection, formulas: dict[tuple[str, str], str], parcels: pl.DataFrame
) -> None:
    keys = ("origin_province_id", "destination_province_id")
    counts = _by(marts, formulas, "mart_lane_time", "waybill_count", *keys)
    means = _by(marts, formulas, "mart_lane_time", "mean_end_to_end_hours", *keys)
    expected = dict(parcels.group_by("origin", "state"))
    assert counts == {lane: rows.height for lane, rows in expected.items()}
    compared = 0
    for lane, rows in expected.items():
        seconds = rows.filter(pl.col("seconds") >= 0)["seconds"]
        if seconds.len() < 30:
            continue
        compared += 1
        assert means[lane] == pytest.approx(seconds.sum() / seconds.len() / 3600), lane
    assert compared > 20
