"""The real Olist orders and a real Kuaidi100 payload, against plain Polars over the same files."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import polars as pl
import pytest
from built_warehouse import Build, Loads, one
from reference.brazil import date_in_state

DAY = 24 * 3600


@pytest.fixture(scope="session")
def orders(real_data: Path) -> pl.DataFrame:
    """Olist's orders as they lie there, times read as São Paulo's."""
    times = ["order_purchase_timestamp", "order_approved_at", "order_delivered_customer_date"]
    return pl.read_csv(real_data / "olist" / "olist_orders_dataset.csv", infer_schema_length=0).with_columns(
        pl.col(times)
        .str.to_datetime("%Y-%m-%d %H:%M:%S")
        .dt.replace_time_zone("America/Sao_Paulo", ambiguous="latest"),
        pl.col("order_estimated_delivery_date").str.slice(0, 10).str.to_date(),
    )


@pytest.fixture(scope="session")
def lines(real_data: Path) -> pl.DataFrame:
    return pl.read_csv(
        real_data / "olist" / "olist_order_items_dataset.csv",
        schema_overrides={"price": pl.Decimal(18, 2), "freight_value": pl.Decimal(18, 2)},
    )


def test_every_olist_order_and_line_arrives_once_with_its_money(
    real_warehouse: duckdb.DuckDBPyConnection, orders: pl.DataFrame, lines: pl.DataFrame
) -> None:
    found = one(
        real_warehouse,
        "select count(*), sum(line_count), sum(gmv_placed), sum(postage_amount),"
        " string_agg(distinct currency) from core.fct_orders",
    )
    assert found == (orders.height, lines.height, lines["price"].sum(), lines["freight_value"].sum(), "BRL")
    assert (found[0], found[1], str(found[2]), str(found[3])) == (11637, 13212, "1590096.92", "264355.45")


def test_each_merchant_of_an_olist_order_sent_one_parcel(
    real_warehouse: duckdb.DuckDBPyConnection, lines: pl.DataFrame
) -> None:
    parcels = lines.select("order_id", "seller_id").n_unique()
    found = one(real_warehouse, "select count(*) from core.fct_waybills where platform_id = 'olist'")
    assert found == (parcels,) == (11678,)


def test_durations_of_olist_orders_are_those_between_their_instants(
    real_warehouse: duckdb.DuckDBPyConnection, orders: pl.DataFrame
) -> None:
    placed, paid, delivered = (
        pl.col(name)
        for name in ("order_purchase_timestamp", "order_approved_at", "order_delivered_customer_date")
    )
    days = orders.select(
        ((delivered - placed).dt.total_seconds() / DAY).alias("placed"),
        ((delivered - paid).dt.total_seconds() / DAY).alias("paid"),
    )
    expected = days.select(
        pl.col("placed").count().alias("placed_count"),
        pl.col("placed").mean().alias("placed_mean"),
        pl.col("placed").median().alias("placed_median"),
        pl.col("paid").count().alias("paid_count"),
        pl.col("paid").mean().alias("paid_mean"),
    ).row(0)
    found = one(
        real_warehouse,
        f"""
        with days as (
            select
                (epoch(last_delivered_at) - epoch(placed_at)) / {DAY} as placed,
                (epoch(last_delivered_at) - epoch(paid_at)) / {DAY} as paid
            from core.fct_orders
        )
        select count(placed), avg(placed), median(placed), count(paid), avg(paid) from days
        """,
    )
    assert found == pytest.approx(expected, rel=1e-9)
    assert found == pytest.approx((11293, 12.557, 10.199, 11290, 12.119), abs=5e-4)


def test_a_promised_day_lasts_to_its_end_where_the_customer_lives(
    real_warehouse: duckdb.DuckDBPyConnection, orders: pl.DataFrame, real_data: Path
) -> None:
    customers = pl.read_csv(real_data / "olist" / "olist_customers_dataset.csv", infer_schema=False)
    arrived = pl.col("order_delivered_customer_date").dt.date()
    promised = pl.col("order_estimated_delivery_date")
    here, there = (
        orders.join(customers.select("customer_id", "customer_state"), on="customer_id")
        .select(
            (arrived > promised).sum().alias("here"),
            (date_in_state("order_delivered_customer_date", "customer_state") > promised)
            .sum()
            .alias("there"),
        )
        .row(0)
    )
    found = one(
        real_warehouse,
        "select count(*) from core.fct_orders where last_delivered_at > promised_delivery_at",
    )
    assert found == (there,)
    assert (here, there) == (756, 755)


def test_every_waybill_of_olist_has_the_times_of_its_order(
    real_warehouse: duckdb.DuckDBPyConnection, orders: pl.DataFrame, lines: pl.DataFrame
) -> None:
    expected = (
        lines.select("order_id", "seller_id")
        .unique()
        .join(orders, on="order_id")
        .select(
            pl.format("olist:{}:{}", "order_id", "seller_id").alias("waybill_id"),
            (pl.col("order_delivered_customer_date") - pl.col("order_purchase_timestamp"))
            .dt.total_seconds()
            .alias("placed_to_delivery_seconds"),
        )
        .sort("waybill_id")
    )
    found = real_warehouse.execute(
        "select waybill_id, placed_to_delivery_seconds from core.fct_waybills"
        " where platform_id = 'olist' order by waybill_id"
    ).pl()
    assert found.equals(expected)


def test_the_kuaidi100_payload_is_one_yto_waybill_with_its_milestones(
    real_warehouse: duckdb.DuckDBPyConnection,
) -> None:
    found = one(
        real_warehouse,
        "select waybill_id, courier_id, event_count, picked_up_at, out_for_delivery_at,"
        " available_for_pickup_at, delivered_at from core.fct_waybills"
        " where waybill_number = 'YT5555508965056'",
    )
    china = ZoneInfo("Asia/Shanghai")
    assert found == (
        "yto:YT5555508965056",
        "yto",
        9,
        datetime(2021, 6, 13, 13, 3, 42, tzinfo=china),
        datetime(2021, 6, 14, 11, 41, 58, tzinfo=china),
        datetime(2021, 6, 14, 13, 53, 38, tzinfo=china),
        datetime(2021, 6, 14, 17, 31, 57, tzinfo=china),
    )


#: What a load decides, and so may differ between two warehouses of the same rows.
_OF_THE_LOAD = {"_load_id"}
_TABLES = (
    "dim_consumers",
    "dim_merchants",
    "dim_products",
    "dim_providers",
    "fct_orders",
    "fct_order_lines",
    "fct_waybills",
    "fct_waybill_orders",
    "fct_waybill_events",
)


def test_another_session_zone_and_file_order_give_the_same_facts(
    real_warehouse: duckdb.DuckDBPyConnection,
    real_loads: Loads,
    build: Build,
) -> None:
    twice = [*reversed(real_loads), *real_loads]
    other = build("real-otherwise", twice, "America/Sao_Paulo")
    real_warehouse.execute(f"attach if not exists '{other}' as otherwise (read_only)")
    for table in _TABLES:
        columns = ", ".join(
            name
            for (name,) in real_warehouse.execute(
                "select column_name from information_schema.columns"
                " where table_catalog = current_database() and table_schema = 'core' and table_name = ?",
                [table],
            ).fetchall()
            if name not in _OF_THE_LOAD
        )
        difference = one(
            real_warehouse,
            f"""
            select count(*) from (
                (select {columns} from core.{table} except all select {columns} from otherwise.core.{table})
                union all
                (select {columns} from otherwise.core.{table} except all select {columns} from core.{table})
            )
            """,
        )
        assert difference == (0,), table
