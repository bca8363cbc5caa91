from datetime import UTC, datetime

import polars as pl
import pytest
from written_market import Written

from ingest.contract import CONTRACT, SQL_TYPES, Entity

POLARS_TYPES = {
    "varchar": pl.String,
    "varchar[]": pl.List(pl.String),
    "timestamptz": pl.Datetime("us", "UTC"),
    "date": pl.Date,
    "decimal(18, 2)": pl.Decimal(18, 2),
    "bigint": pl.Int64,
    "boolean": pl.Boolean,
}
END = datetime(2019, 8, 31, 16, tzinfo=UTC)


@pytest.mark.parametrize("entity", CONTRACT, ids=lambda entity: entity.name)
def test_the_feed_has_the_columns_and_types_of_the_contract(demo: Written, entity: Entity) -> None:
    schema = demo.feed(entity.name).collect_schema()
    contract = {column.name: POLARS_TYPES[SQL_TYPES[column.type]] for column in entity.stored}
    assert dict(schema) == {name: kind for name, kind in contract.items() if name in schema}
    assert {column.name for column in entity.columns if column.required} <= set(schema)


@pytest.mark.parametrize("entity", CONTRACT, ids=lambda entity: entity.name)
def test_no_required_field_is_empty_and_no_row_comes_twice(demo: Written, entity: Entity) -> None:
    rows = demo.feed(entity.name).collect()
    assert len(rows) > 0
    for column in entity.columns:
        if column.required:
            assert rows[column.name].null_count() == 0
    assert rows.n_unique() == len(rows)


@pytest.mark.parametrize("entity", CONTRACT, ids=lambda entity: entity.name)
def test_nothing_after_the_end_of_the_last_day_is_told(demo: Written, entity: Entity) -> None:
    given = demo.feed(entity.name).collect_schema()
    times = [name for name, kind in given.items() if kind == pl.Datetime and "promised" not in name]
    newest = demo.feed(entity.name).select(pl.max_horizontal(pl.col(times).max())).collect().item()
    assert newest < END


def test_numbers_are_unique_within_their_owner(demo: Written) -> None:
    for entity, key in (
        ("orders", ["platform_id", "order_number"]),
        ("order_lines", ["platform_id", "order_number", "order_line_number"]),
        ("waybills", ["courier_code", "waybill_number"]),
        ("consumers", ["platform_id", "consumer_code"]),
        ("products", ["platform_id", "product_code"]),
        ("merchants", ["platform_id", "merchant_code"]),
    ):
        keys = demo.feed(entity).select(key).collect()
        assert keys.n_unique() == len(keys), entity


def test_every_row_finds_what_it_names(demo: Written) -> None:
    for child, parent, key in (
        ("order_lines", "orders", ["platform_id", "order_number"]),
        ("payments", "orders", ["platform_id", "order_number"]),
        ("refunds", "orders", ["platform_id", "order_number"]),
        ("orders", "consumers", ["platform_id", "consumer_code"]),
        ("order_lines", "products", ["platform_id", "product_code", "merchant_code"]),
        ("order_lines", "merchants", ["platform_id", "merchant_code"]),
        ("waybills", "merchants", ["platform_id", "merchant_code"]),
        ("waybill_events", "waybills", ["courier_code", "waybill_number"]),
    ):
        lost = demo.feed(child).join(demo.feed(parent), on=key, how="anti").collect()
        assert lost.is_empty(), (child, parent)


def test_the_market_is_as_varied_as_a_real_one(demo: Written) -> None:
    orders, waybills = demo.feed("orders").collect(), demo.feed("waybills").collect()
    lines, events = demo.feed("order_lines").collect(), demo.feed("waybill_events").collect()
    assert orders["destination_city_code"].drop_nulls().n_unique() == 340
    assert set(orders["status_code"]) == {"placed", "paid", "shipped", "received", "cancelled"}
    assert set(orders["channel_code"]) == {"group_buy", "direct", "flash_sale", "dropship"}
    assert set(orders["group_status_code"].drop_nulls()) == {"forming", "formed", "failed"}
    assert set(waybills["purpose_code"]) == {"sale", "return", "replacement"}
    assert 6.5 < len(events) / len(orders) < 7.5
    assert {
        "consigned", "pickup_failed", "picked_up", "departed", "arrived", "out_for_delivery",
        "delivery_attempt_failed", "available_for_pickup", "delivered", "returning", "returned", "lost",
        "cancelled", "info",
    } <= set(events["event_code"])  # fmt: skip
    assert (waybills["order_numbers"].list.len() > 1).sum() > 100  # parcels of several orders
    sold = waybills.filter(pl.col("purpose_code") == "sale").explode("order_numbers")
    assert sold.group_by("platform_id", "order_numbers").len().filter(pl.col("len") > 1).height > 500
    by_order = lines.group_by("platform_id", "order_number").agg(pl.col("merchant_code").n_unique())
    assert by_order.filter(pl.col("merchant_code") > 1).height > 500  # several merchants in one order
    assert orders["is_cash_on_delivery"].sum() > 200
    assert orders.filter(pl.col("paid_at").is_null() & pl.col("cancelled_at").is_not_null()).height > 5_000
