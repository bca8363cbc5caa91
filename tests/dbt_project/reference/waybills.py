"""Waybills with their milestones and durations, from what the feed sent."""

from datetime import datetime
from pathlib import Path

import polars as pl
from reference.feeds import end_of_promised_day, feed, latest, local_date, seed
from reference.orders import LINE, ORDER
from reference.places import tier, with_place

WAYBILL = ["courier_code", "waybill_number"]
_FIRSTS = {
    "created": "created_at",
    "consigned": "consigned_at",
    "picked_up": "picked_up_at",
    "departed": "departed_at",
    "out_for_delivery": "out_for_delivery_at",
    "delivery_attempt_failed": "attempt_failed_at",
    "available_for_pickup": "available_at",
    "delivered": "signed_at",
    "returning": "returning_at",
    "returned": "return_signed_at",
    "cancelled": "cancelled_at",
    "forwarded": "forwarded_at",
}


def events(market: Path) -> pl.DataFrame:
    """One row per scan: its milestone, its reason and its place."""
    rows = with_place(feed(market, "waybill_events").unique(), "")
    words = pl.col("event_code").str.split_exact(".", 1)
    return rows.with_columns(
        milestone=words.struct.field("field_0"),
        reason=words.struct.field("field_1"),
        place=pl.coalesce("adcode", pl.concat_str("country", "city_name", separator="/", ignore_nulls=False)),
    )


def as_of(events: pl.DataFrame, orders: pl.DataFrame) -> datetime:
    """The newest time that the feed tells of."""
    newest = max(events["occurred_at"].max(), orders["updated_at"].max())  # type: ignore[type-var]
    assert isinstance(newest, datetime)
    return newest


def _milestones(scans: pl.DataFrame) -> pl.DataFrame:
    def first(*names: str) -> pl.Expr:
        return pl.col("occurred_at").filter(pl.col("milestone").is_in(names)).min()

    return scans.group_by(WAYBILL).agg(
        *(first(name).alias(column) for name, column in _FIRSTS.items()),
        lost_at=first("lost", "expired"),
        has_exception=(pl.col("milestone") == "exception").any(),
        is_signed_at_point=(
            (pl.col("milestone") == "delivered") & (pl.col("reason") == "pickup_point")
        ).any(),
        last_event_at=pl.col("occurred_at").max(),
        arrivals=pl.struct("occurred_at", "place").filter(pl.col("milestone") == "arrived"),
    )


def _of_orders(registered: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """What a waybill takes from its orders: the latest times, and the channel of the latest-paid one."""
    pairs = parcels(registered).select("waybill", *ORDER).unique()
    told = pairs.join(orders, on=ORDER, how="left").sort(
        pl.col("paid_at").is_not_null(), pl.coalesce("paid_at", "placed_at"), "order_number", nulls_last=False
    )
    return told.group_by("waybill", maintain_order=True).agg(
        pl.col("placed_at", "clock_started_at").max(),
        pl.col("promise").max().alias("order_promise"),
        pl.col("channel").last(),
        pl.col("currency").last().alias("order_currency"),
    )


def parcels(registered: pl.DataFrame) -> pl.DataFrame:
    """One row per waybill and line named in it; a line of null where only the order is named."""
    by_line = (
        registered.explode("order_line_numbers", empty_as_null=True)
        .filter(pl.col("order_line_numbers").is_not_null())
        .with_columns(
            pl.col("order_line_numbers")
            .str.splitn(":", 2)
            .struct.rename_fields(["order_number", "order_line_number"])
            .alias("named")
        )
        .unnest("named")
    )
    by_order = (
        registered.explode("order_numbers", empty_as_null=True)
        .filter(pl.col("order_numbers").is_not_null())
        .with_columns(order_number=pl.col("order_numbers"), order_line_number=pl.lit(None, pl.String))
        .join(by_line, on=["waybill", "order_number"], how="anti")
    )
    columns = ["waybill", "platform_id", "purpose_code", "order_number", "order_line_number"]
    return pl.concat([by_line.select(columns), by_order.select(columns)])


def registered(market: Path) -> pl.DataFrame:
    """One row per registered waybill, as last sent."""
    rows = latest(feed(market, "waybills"), WAYBILL)
    rows = with_place(with_place(rows, "origin_"), "destination_")
    codes = seed("courier_codes").filter(pl.col("provider_id") == "waymart")
    zones = seed("platforms").select("platform_id", "time_zone")
    return rows.join(zones, on="platform_id", how="left").with_columns(
        waybill=pl.concat_str(WAYBILL, separator=":"),
        courier_id=pl.col("courier_code").replace_strict(codes["code"], codes["courier_id"]),
        merchant_id=pl.concat_str("platform_id", "merchant_code", separator=":"),
        tier_fixed=tier("destination_country", "destination_adcode"),
        service=pl.col("service_code").fill_null("unknown"),
        waybill_system=pl.col("waybill_system_code").fill_null("unknown"),
        purpose=pl.col("purpose_code").fill_null("sale"),
    )


def waybills(market: Path, orders: pl.DataFrame, scans: pl.DataFrame, newest: datetime) -> pl.DataFrame:
    """One row per waybill with its milestones, its durations in whole seconds, and what it counts as."""
    rows = registered(market)
    rows = (
        rows.join(_of_orders(rows, orders), on="waybill", how="left")
        .with_columns(currency=pl.coalesce("currency", "order_currency"))
        .join(_milestones(scans), on=WAYBILL, how="left")
    )
    is_before_return = pl.col("returning_at").is_null()
    place = pl.coalesce(
        "destination_adcode",
        pl.concat_str("destination_country", "destination_city_name", separator="/", ignore_nulls=False),
    )
    rows = rows.with_columns(
        available_at=pl.when(is_before_return | (pl.col("available_at") <= pl.col("returning_at"))).then(
            pl.col("available_at")
        ),
        delivered_at=pl.when(is_before_return | (pl.col("signed_at") <= pl.col("returning_at"))).then(
            pl.col("signed_at")
        ),
        destination_place=place,
        promise=pl.coalesce(
            "promised_delivery_at",
            end_of_promised_day("promised_delivery_date"),
            pl.when(pl.col("purpose") == "sale").then(pl.col("order_promise")),
        ),
    ).with_columns(
        handed_at=pl.min_horizontal("available_at", "delivered_at"),
        attempt_at=pl.min_horizontal("attempt_failed_at", "available_at", "delivered_at"),
    )
    rows = rows.join(_arrivals(rows), on="waybill", how="left")
    return _counted(_timed(rows), newest)


def _arrivals(rows: pl.DataFrame) -> pl.DataFrame:
    out = pl.col("out_for_delivery_at")
    return (
        rows.select("waybill", "destination_place", "departed_at", "out_for_delivery_at", "arrivals")
        .explode("arrivals", empty_as_null=True)
        .unnest("arrivals")
        .filter(
            pl.col("place") == pl.col("destination_place"),
            pl.col("occurred_at") > pl.col("departed_at"),
            out.is_null() | (pl.col("occurred_at") <= out),
        )
        .group_by("waybill")
        .agg(arrived_at=pl.col("occurred_at").min())
    )


def _seconds(start: str, end: str) -> pl.Expr:
    return pl.col(end).dt.epoch("us") // 1_000_000 - pl.col(start).dt.epoch("us") // 1_000_000


def _timed(rows: pl.DataFrame) -> pl.DataFrame:
    """A stage that runs backwards is void, and so is the next one."""
    times = [
        "clock_started_at",
        "picked_up_at",
        "departed_at",
        "arrived_at",
        "out_for_delivery_at",
        "handed_at",
    ]
    stages = ["handling", "origin", "linehaul", "destination", "last_mile"]
    rows = rows.with_columns(
        _seconds(start, end).alias(f"_{stage}")
        for stage, start, end in zip(stages, times, times[1:], strict=False)
    )
    void = pl.lit(False)
    kept = []
    for stage in stages:
        backwards = (pl.col(f"_{stage}") < 0).fill_null(False)
        kept.append(pl.when(~backwards & ~void).then(pl.col(f"_{stage}")).alias(f"{stage}_seconds"))
        void = backwards
    whole = {
        "end_to_end": ("picked_up_at", "handed_at"),
        "order_to_delivery": ("clock_started_at", "delivered_at"),
    }
    return rows.with_columns(
        *kept,
        *(
            pl.when(_seconds(*ends) >= 0).then(_seconds(*ends)).alias(f"{name}_seconds")
            for name, ends in whole.items()
        ),
    ).with_columns(
        has_all_stages=pl.all_horizontal(pl.col(f"{stage}_seconds").is_not_null() for stage in stages)
    )


def _counted(rows: pl.DataFrame, newest: datetime) -> pl.DataFrame:
    now = pl.lit(newest)
    point = pl.col("is_signed_at_point").fill_null(False) | (pl.col("available_at") <= pl.col("handed_at"))
    return rows.with_columns(
        is_delivered=pl.col("delivered_at").is_not_null(),
        is_finished=pl.col("handed_at").is_not_null(),
        is_returned=pl.col("returning_at").is_not_null() | pl.col("return_signed_at").is_not_null(),
        is_cancelled=pl.col("cancelled_at").is_not_null() & pl.col("handed_at").is_null(),
        is_lost=pl.col("lost_at").is_not_null() & pl.col("handed_at").is_null(),
        is_forwarded=pl.col("forwarded_at").is_not_null(),
        has_exception=pl.col("has_exception").fill_null(False),
        is_due=(pl.col("promise") <= now).fill_null(False),
        is_on_time=(pl.col("attempt_at") <= pl.col("promise")).fill_null(False),
        is_first_success=(pl.col("handed_at") <= pl.col("attempt_at")).fill_null(False),
        is_at_point=pl.col("handed_at").is_not_null() & point.fill_null(False),
        is_ship_due=(pl.col("promised_ship_at") <= now).fill_null(False),
        is_shipped_on_time=(pl.col("consigned_at") <= pl.col("promised_ship_at")).fill_null(False),
        is_declared=((now - pl.col("consigned_at")).dt.total_seconds() >= 86_400).fill_null(False),
        is_scanned=(_seconds("consigned_at", "picked_up_at") <= 86_400).fill_null(False),
        paid_date=local_date("clock_started_at"),
        picked_up_date=local_date("picked_up_at"),
        delivered_date=local_date("delivered_at"),
        age_seconds=(now - pl.col("picked_up_at")).dt.total_seconds(),
    ).with_columns(
        is_in_cohort=(pl.col("purpose") == "sale")
        & ~(
            (pl.col("is_returned") & ~pl.col("is_delivered"))
            | pl.col("is_cancelled")
            | pl.col("is_forwarded")
        )
    )


def parcel_gmv(registered: pl.DataFrame, orders: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Paid GMV by waybill and order: of its lines; an equal part where no line of the order is assigned."""
    named = parcels(registered).filter(pl.col("purpose_code") == "sale")
    assigned = _parts(named.join(lines.select(*LINE, "gmv_paid"), on=LINE), LINE)
    unassigned = named.join(assigned, on=ORDER, how="anti").select("waybill", *ORDER).unique()
    equal = _parts(unassigned.join(orders.select(*ORDER, "gmv_paid"), on=ORDER), ORDER)
    columns = ["waybill", *ORDER, "gmv_paid"]
    return (
        pl.concat([assigned.select(columns), equal.select(columns)])
        .group_by("waybill", *ORDER)
        .agg(pl.col("gmv_paid").sum())
    )


def _parts(rows: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Equal parts to the fen, the remainder on the first parcel."""
    fen = (pl.col("gmv_paid") * 100).cast(pl.Int64)
    part = fen // pl.len().over(keys)
    rest = fen - part * pl.len().over(keys)
    whole = part + pl.when(pl.int_range(pl.len()).over(keys) == 0).then(rest).otherwise(0)
    return rows.sort("waybill").with_columns(
        gmv_paid=(whole.cast(pl.Decimal(18, 2)) / 100).cast(pl.Decimal(18, 2))
    )
