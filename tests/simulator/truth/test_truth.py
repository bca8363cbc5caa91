"""The truth against the feeds, recomputed with plain Polars from the definitions of the shared metrics."""

from datetime import timedelta

import polars as pl
import pytest
from written_market import Written

CHINA = timedelta(hours=8)
STAGES = {
    "handling": ("clock_started_at", "picked_up_at"),
    "origin": ("picked_up_at", "departed_at"),
    "linehaul": ("departed_at", "arrived_at"),
    "destination": ("arrived_at", "out_for_delivery_at"),
    "last_mile": ("out_for_delivery_at", "handed_over_at"),
    "end_to_end": ("picked_up_at", "handed_over_at"),
    "order_to_delivery": ("clock_started_at", "delivered_at"),
}


def amount(name: str) -> pl.Expr:
    """A component of GMV in fen, 0 where it is not given."""
    return (pl.col(name).fill_null(0) * 100).cast(pl.Int64)


def zone() -> pl.Expr:
    """How far the platform's day lies from UTC's: the shops on Shopify sell abroad and count in UTC."""
    return pl.when(pl.col("platform_id") == "shopify").then(timedelta(0)).otherwise(CHINA)


def month(name: str) -> pl.Expr:
    return (pl.col(name) + zone()).dt.date().dt.truncate("1mo")


def city(prefix: str = "") -> pl.Expr:
    """The code of a city; abroad its country and name."""
    abroad = pl.concat_str(f"{prefix}country_code", f"{prefix}city_name")
    return pl.coalesce(f"{prefix}city_code", abroad)


@pytest.fixture(scope="module")
def valued(demo: Written, tiers: pl.LazyFrame) -> pl.DataFrame:
    """Orders with their tier and their GMV in fen, in four readings."""
    gmv = amount("goods_amount") - amount("merchant_discount_amount") + amount("adjustment_amount")
    of_lines = (
        demo.feed("order_lines").group_by("platform_id", "order_number").agg(gmv.sum().alias("of_lines"))
    )
    given_back = (
        demo.feed("refunds").group_by("platform_id", "order_number").agg(amount("amount").sum().alias("back"))
    )
    is_paid = pl.col("paid_at").is_not_null()
    return (
        demo.feed("orders")
        .join(of_lines, on=["platform_id", "order_number"])
        .join(given_back, on=["platform_id", "order_number"], how="left")
        .join(tiers, left_on="destination_city_code", right_on="adcode", how="left")
        .with_columns(pl.col("tier").fill_null("abroad"))
        .with_columns(gmv_placed=gmv + pl.col("of_lines"), back=pl.col("back").fill_null(0))
        .with_columns(gmv_paid=pl.when(is_paid).then("gmv_placed").otherwise(0))
        .with_columns(
            gmv_net=pl.when(pl.col("status_code") == "cancelled")
            .then(0)
            .otherwise(pl.col("gmv_paid") - pl.when(is_paid).then("back").otherwise(0)),
            gmv_received=pl.when(pl.col("received_at").is_not_null()).then("gmv_paid").otherwise(0),
        )
        .collect()
    )


@pytest.fixture(scope="module")
def travelled(demo: Written) -> pl.DataFrame:
    """Waybills with their milestones, from the scans alone."""
    events = demo.feed("waybill_events").join(
        demo.feed("waybills").select("courier_code", "waybill_number", city("destination_").alias("to")),
        on=["courier_code", "waybill_number"],
    )

    def first(*codes: str) -> pl.Expr:
        return pl.col("occurred_at").filter(pl.col("event_code").is_in(codes)).min()

    at_consumer = (pl.col("event_code") == "arrived") & (city() == pl.col("to"))
    left = pl.col("occurred_at").filter(pl.col("event_code") == "departed").min()
    milestones = events.group_by("courier_code", "waybill_number").agg(
        consigned_at=first("consigned"),
        picked_up_at=first("picked_up"),
        departed_at=left,
        arrived_at=pl.col("occurred_at").filter(at_consumer & (pl.col("occurred_at") >= left)).min(),
        out_for_delivery_at=first("out_for_delivery"),
        first_attempt_at=first("delivery_attempt_failed", "available_for_pickup", "delivered"),
        available_for_pickup_at=first("available_for_pickup"),
        delivered_at=first("delivered"),
        handed_over_at=first("available_for_pickup", "delivered"),
        returning_at=first("returning"),
        returned_at=first("returned"),
        event_count=pl.len().cast(pl.Int64),
    )
    orders = demo.feed("orders").with_columns(
        clock=pl.when("is_cash_on_delivery").then("placed_at").otherwise("paid_at")
    )
    clocks = (
        demo.feed("waybills")
        .explode("order_numbers")
        .join(orders, left_on=["platform_id", "order_numbers"], right_on=["platform_id", "order_number"])
        .group_by("courier_code", "waybill_number")
        .agg(
            clock_started_at=pl.col("clock").max(),
            paid_at=pl.col("paid_at").max(),
            order_count=pl.len().cast(pl.Int64),
        )
    )
    keys = ["courier_code", "waybill_number"]
    return (
        demo.feed("waybills")
        .join(milestones, on=keys, how="left")
        .join(clocks, on=keys)
        .with_columns(pl.col("event_count").fill_null(0))
        .with_columns(
            (pl.col(end) - pl.col(start)).dt.total_seconds().alias(f"{stage}_seconds")
            for stage, (start, end) in STAGES.items()
        )
        .sort(keys)
        .collect()
    )


def test_gmv_by_platform_tier_and_month_is_what_the_orders_add_up_to(
    demo: Written, valued: pl.DataFrame
) -> None:
    readings = ["gmv_placed", "gmv_paid", "gmv_net", "gmv_received"]
    keys = ["month_date", "platform_id", "tier", "currency"]
    found = (
        valued.group_by(month("placed_at").alias("month_date"), *keys[1:])
        .agg(pl.len().cast(pl.Int64).alias("order_count"), *(pl.col(r).sum() for r in readings))
        .sort(keys)
    )
    truth = demo.truth("gmv").with_columns((pl.col(r) * 100).cast(pl.Int64) for r in readings).sort(keys)
    # Months × (platforms and tiers at home, currencies abroad); few live where no list ranks them.
    assert 20 * (3 * 6 + 3) < len(truth) <= 20 * (3 * 7 + 5)
    assert found.equals(truth.select(found.columns))


def test_gmv_by_month_of_payment_is_what_the_orders_add_up_to(demo: Written, valued: pl.DataFrame) -> None:
    paid = valued.filter(pl.col("paid_at").is_not_null())
    found = paid.group_by(month("paid_at").alias("month_date"), "platform_id", "tier", "currency").agg(
        pl.col("gmv_paid").sum()
    )
    truth = demo.truth("gmv_by_payment_month").with_columns((pl.col("gmv_paid") * 100).cast(pl.Int64))
    assert found.sort(pl.all()).equals(truth.select(found.columns).sort(pl.all()))


@pytest.mark.parametrize(
    "column",
    [
        "order_count", "event_count", "paid_at", "clock_started_at", "consigned_at", "picked_up_at",
        "departed_at", "arrived_at", "out_for_delivery_at", "first_attempt_at", "available_for_pickup_at",
        "delivered_at", "handed_over_at", "returning_at", "returned_at", "promised_delivery_at",
        "promised_delivery_date", *(f"{stage}_seconds" for stage in STAGES),
    ],
)  # fmt: skip
def test_each_waybill_is_as_its_scans_tell(demo: Written, travelled: pl.DataFrame, column: str) -> None:
    truth = demo.truth("waybills").sort("courier_code", "waybill_number")
    assert truth["waybill_number"].equals(travelled["waybill_number"])
    assert truth[column].equals(travelled[column], check_names=False)


def test_the_stages_of_a_waybill_add_up_to_its_way(demo: Written) -> None:
    whole = demo.truth("waybills").filter(pl.col("has_all_stages"))
    assert len(whole) > 150_000
    stages = [f"{stage}_seconds" for stage in ("handling", "origin", "linehaul", "destination", "last_mile")]
    assert (whole.select(pl.sum_horizontal(stages)).to_series() >= 0).all()
    delivered = whole.filter(pl.col("delivered_at").is_not_null())
    parts = pl.sum_horizontal(*stages, "pickup_wait_seconds")
    assert delivered.select(parts.alias("sum")).to_series().equals(delivered["order_to_delivery_seconds"])


def test_gmv_by_courier_is_that_of_the_lines_in_its_parcels(demo: Written, valued: pl.DataFrame) -> None:
    """By lines where the parcel names them, equally where none of the order's parcels does."""
    order = ["platform_id", "order_number"]
    coupons = valued.lazy().select(*order, "paid_at", coupon=amount("merchant_discount_amount"))
    line_gmv = (
        demo.feed("order_lines")
        .join(coupons, on=order)
        .with_columns(goods=amount("goods_amount"))
        .with_columns(
            fen=pl.col("goods")
            - amount("merchant_discount_amount")
            + amount("adjustment_amount")
            - pl.col("coupon") * pl.col("goods") // pl.col("goods").sum().over(order)
        )
        .filter(pl.col("paid_at").is_not_null())
        .with_columns(line=pl.col("order_number") + ":" + pl.col("order_line_number"))
    )
    sold = demo.feed("waybills").filter(pl.col("purpose_code") == "sale")
    by_line = (
        sold.explode("order_line_numbers")
        .filter(pl.col("order_line_numbers").is_not_null())
        .join(line_gmv, left_on=["platform_id", "order_line_numbers"], right_on=["platform_id", "line"])
        .select("courier_code", "platform_id", "order_number", "fen")
    )
    named = by_line.select(order).unique()
    equally = (
        sold.explode("order_numbers")
        .rename({"order_numbers": "order_number"})
        .join(named, on=order, how="anti")
        .join(valued.lazy().filter(pl.col("gmv_paid") > 0).select(*order, "gmv_paid"), on=order)
        .sort(pl.col("courier_code").cast(pl.String), "waybill_number")
        .with_columns(parcels=pl.len().over(order), place=pl.int_range(pl.len()).over(order))
        .with_columns(
            fen=pl.col("gmv_paid") // pl.col("parcels")
            + pl.when(pl.col("place") == 0).then(pl.col("gmv_paid") % pl.col("parcels")).otherwise(0)
        )
        .select("courier_code", "platform_id", "order_number", "fen")
    )
    carried = pl.concat([by_line, equally]).collect()
    months = valued.select(*order, month("placed_at").alias("month_date"))
    found = (
        carried.join(months, on=order)
        .group_by("month_date", "platform_id", "courier_code")
        .agg(pl.sum("fen"))
    )
    truth = demo.truth("courier_shares").group_by("month_date", "platform_id", "courier_code").agg(
        fen=(pl.col("gmv_paid").sum() * 100).cast(pl.Int64), waybill_count=pl.sum("waybill_count")
    )  # fmt: skip
    in_parcels = truth.filter((pl.col("courier_code") != "not_shipped") & (pl.col("fen") > 0))
    assert found.sort(pl.all()).equals(in_parcels.select(found.columns).sort(pl.all()))
    assert truth["fen"].sum() == valued["gmv_paid"].sum()
    picked = demo.truth("waybills")["picked_up_at"].count()
    assert truth["waybill_count"].sum() == picked


def test_consumers_and_cohorts_are_counted_once_a_month(demo: Written, valued: pl.DataFrame) -> None:
    months = valued.with_columns(month("placed_at").alias("month_date"))
    found = months.group_by("month_date", "platform_id").agg(
        active_consumer_count=pl.n_unique("consumer_code").cast(pl.Int64)
    )
    truth = demo.truth("consumers")
    each = truth.filter(pl.col("platform_id") != "all").select(found.columns)
    assert found.sort(pl.all()).equals(each.sort(pl.all()))
    firsts = months.group_by("platform_id", "consumer_code").agg(cohort_date=pl.min("month_date"))
    active = months.select("platform_id", "consumer_code", "month_date", "gmv_paid").join(
        firsts, on=["platform_id", "consumer_code"]
    )
    number = (pl.col("month_date").dt.year() - pl.col("cohort_date").dt.year()).cast(pl.Int64) * 12 + (
        pl.col("month_date").dt.month().cast(pl.Int64) - pl.col("cohort_date").dt.month().cast(pl.Int64)
    )
    cohorts = active.group_by("cohort_date", "platform_id", number.alias("month_number")).agg(
        consumer_count=pl.n_unique("consumer_code").cast(pl.Int64), gmv_paid=pl.sum("gmv_paid")
    )
    told = demo.truth("cohorts").with_columns((pl.col("gmv_paid") * 100).cast(pl.Int64))
    assert cohorts.sort(pl.all()).equals(told.select(cohorts.columns).sort(pl.all()))


def test_rates_means_and_percentiles_are_those_of_the_waybills(
    demo: Written, travelled: pl.DataFrame
) -> None:
    as_of = demo.truth("market")["as_of_at"].item()
    newest = max(
        travelled["registered_at"].max(), demo.feed("orders").select(pl.max("updated_at")).collect().item()
    )
    assert newest <= as_of
    left = (pl.col("purpose_code") != "sale") | pl.col("returning_at").is_not_null() | pl.col("is_void")
    void = (
        demo.feed("waybill_events")
        .filter(pl.col("event_code") == "cancelled")
        .select("waybill_number")
        .unique()
    ).collect()["waybill_number"]
    cohort = travelled.with_columns(is_void=pl.col("waybill_number").is_in(void.implode())).filter(
        ~left & pl.col("picked_up_at").is_not_null()
    )
    rates = demo.truth("mature_rates").filter(pl.col("courier_code") == "all", pl.col("platform_id") == "all")
    for hours, count, within in rates.select("window_hours", "waybill_count", "within_count").rows():
        day_ends_at = (pl.col("picked_up_at") + zone()).dt.truncate("1d") + timedelta(days=1) - zone()
        mature = cohort.filter(day_ends_at <= as_of - timedelta(hours=hours))
        assert len(mature) == count
        assert mature.filter(pl.col("end_to_end_seconds") <= hours * 3600).height == within
    daily = demo.truth("delivery_rates")
    assert daily["waybill_count"].sum() == len(cohort)
    assert daily["within_72h_count"].sum() == cohort.filter(pl.col("end_to_end_seconds") <= 259200).height
    june = cohort.filter(month("picked_up_at") == pl.date(2019, 6, 1))
    means = demo.truth("mean_durations").filter(month_is_june(), pl.col("platform_id") == "all")
    totals = dict(means.select("duration", "total_seconds").iter_rows())
    for duration in ("end_to_end", "order_to_delivery"):
        assert totals[duration] == june[f"{duration}_seconds"].sum()
    percentiles = demo.truth("percentiles").filter(month_is_june(), pl.col("platform_id") == "all")
    for duration in ("end_to_end", "order_to_delivery", "handling"):
        ranked = june[f"{duration}_seconds"].fill_null(2**40).sort()
        row = percentiles.filter(pl.col("duration") == duration).row(0, named=True)
        for share in (10, 50, 85, 90, 95):
            exact = ranked[-(-len(ranked) * share // 100) - 1]
            assert row[f"p{share}_minutes"] == -(-exact // 60), (duration, share)


def month_is_june() -> pl.Expr:
    return pl.col("month_date") == pl.date(2019, 6, 1)
