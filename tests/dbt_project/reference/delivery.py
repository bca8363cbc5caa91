"""Delivery time, lanes, the merchant's part, exceptions, business days and tracking latency."""

from collections.abc import Iterable

import holidays
import polars as pl
from reference import waybills as waybill_rows
from reference.feeds import seed
from reference.market import Market
from reference.subjects import (
    PERCENTILES,
    Number,
    Subject,
    concentration,
    count,
    is_settled,
    is_whole,
    mean,
    quantiles,
    share,
)

_STARTED = pl.col("end_to_end_seconds").is_not_null() | (
    pl.col("picked_up_at").is_not_null() & ~pl.col("is_finished")
)


def subjects(market: Market) -> list[Subject]:
    """The marts made of waybills' times and scans."""
    return [
        *(_delivery_time(market, basis) for basis in ("paid", "picked_up", "delivered")),
        *_lanes(market),
        _merchant_time(market),
        _exceptions(market),
        _business_days(market),
        _tracking_latency(market),
    ]


def _within(market: Market, hours: int, ended: str) -> Number:
    is_mature = pl.col(ended) + pl.duration(hours=hours) <= market.as_of
    return share(pl.col("end_to_end_seconds") <= hours * 3600, is_mature & _STARTED)


def _delivery_time(market: Market, basis: str) -> Subject:
    sales = market.waybills.filter(purpose="sale")
    cohort = pl.col("is_in_cohort")
    paid_started = pl.col("clock_started_at").is_not_null()
    handled = pl.col("handling_seconds").is_not_null() | (
        paid_started & pl.col("picked_up_at").is_null() & ~pl.col("is_finished")
    )
    ordered = pl.col("order_to_delivery_seconds").is_not_null() | (paid_started & ~pl.col("is_delivered"))
    returned = ~cohort & pl.col("is_returned")
    numbers = {
        "waybill_count": count(cohort),
        "finished_count": count(cohort, pl.col("is_finished")),
        "open_count": count(cohort, ~pl.col("is_finished"), ~pl.col("is_lost")),
        "lost_count": count(cohort, pl.col("is_lost")),
        "are_waybills_settled": is_settled(~pl.col("is_finished") & ~pl.col("is_lost"), cohort),
        "returned_count": count(returned),
        "on_time_share": share(pl.col("is_on_time"), cohort & pl.col("is_due")),
        "is_on_time_final": is_whole(pl.col("is_due"), cohort & pl.col("promise").is_not_null()),
        "first_attempt_success_share": share(
            pl.col("is_first_success"), cohort & pl.col("attempt_at").is_not_null()
        ),
        "pickup_point_share": share(pl.col("is_at_point"), cohort & pl.col("is_finished")),
        "exception_share": share(pl.col("has_exception"), cohort & pl.col("is_finished")),
        "return_share": share(returned, (cohort & pl.col("is_finished")) | returned),
        "shipped_on_time_share": share(pl.col("is_shipped_on_time"), cohort & pl.col("is_ship_due")),
        "is_shipped_on_time_final": is_whole(
            pl.col("is_ship_due"), cohort & pl.col("promised_ship_at").is_not_null()
        ),
        "first_scan_within_24h_share": share(pl.col("is_scanned"), cohort & pl.col("is_declared")),
        **quantiles("end_to_end", "end_to_end_seconds", cohort & _STARTED, PERCENTILES),
        **quantiles("handling", "handling_seconds", cohort & handled, PERCENTILES),
        **quantiles("order_to_delivery", "order_to_delivery_seconds", cohort & ordered, PERCENTILES),
    }
    started = {"end_to_end": _STARTED, "handling": handled, "order_to_delivery": ordered}
    for name in started:
        seconds = f"{name}_seconds"
        numbers[f"mean_{name}_hours"] = _within_cohort(mean(seconds))
        numbers[f"is_mean_{name}_final"] = is_settled(pl.col(seconds).is_null(), cohort & started[name])
    if basis == "picked_up":
        for hours in (24, 48, 72):
            numbers[f"within_{hours}h_share"] = _within_cohort(_within(market, hours, "day_ended_at"))
    return Subject(
        "mart_delivery_time",
        sales.filter(pl.col(f"{basis}_date").is_not_null()),
        ("platform_id", "courier_id", "tier_fixed", "channel", "service"),
        f"{basis}_date",
        numbers,
        fixed={"date_basis": basis},
    )


def _lanes(market: Market) -> list[Subject]:
    rows = market.cohort("picked_up_date")
    numbers = {
        "waybill_count": count(),
        "finished_count": count(pl.col("is_finished")),
        "mean_end_to_end_hours": mean("end_to_end_seconds"),
        "within_72h_share": _within(market, 72, "month_ended_at"),
        **quantiles("end_to_end", "end_to_end_seconds", _STARTED, PERCENTILES),
    }
    lane = [
        "origin_adcode",
        "destination_adcode",
        pl.col("picked_up_date").dt.truncate("1mo").alias("month"),
    ]
    is_frequent = pl.col("origin_adcode").is_not_null() & pl.col("destination_adcode").is_not_null()
    cities = rows.with_columns(
        pl.when(is_frequent & (pl.len().over(lane) >= 30))
        .then(pl.col(name))
        .otherwise(pl.lit("other"))
        .alias(name)
        for name in ("origin_adcode", "destination_adcode")
    )
    shared = ("platform_id", "courier_id")
    return [
        Subject(
            "mart_lane_time",
            rows,
            (*shared, "origin_province_id", "destination_province_id"),
            "picked_up_date",
            numbers,
            date_column="month_date",
        ),
        Subject(
            "mart_city_lane_time",
            cities,
            (*shared, "origin_adcode", "destination_adcode"),
            "picked_up_date",
            numbers | {"hhi": concentration("courier_id")},
            date_column="month_date",
        ),
    ]


def _merchant_time(market: Market) -> Subject:
    return Subject(
        "mart_merchant_time",
        market.cohort("paid_date"),
        ("platform_id", "merchant_id"),
        "paid_date",
        {
            "waybill_count": count(),
            "mean_handling_hours": mean("handling_seconds"),
            "shipped_on_time_share": share(pl.col("is_shipped_on_time"), pl.col("is_ship_due")),
            "is_shipped_on_time_final": is_whole(
                pl.col("is_ship_due"), pl.col("promised_ship_at").is_not_null()
            ),
            "first_scan_within_24h_share": share(pl.col("is_scanned"), pl.col("is_declared")),
            "late_shipment_count": count(pl.col("is_ship_due"), ~pl.col("is_shipped_on_time")),
            "without_first_scan_count": count(pl.col("is_declared"), ~pl.col("is_scanned")),
        },
        date_column="month_date",
    )


def _exceptions(market: Market) -> Subject:
    troubled = ["exception", "delivery_attempt_failed", "pickup_failed", "lost", "expired"]
    first = (
        market.scans.filter(
            pl.col("milestone").is_in(troubled)
            | ((pl.col("milestone") == "customs") & pl.col("reason").is_in(["held", "failed"]))
        )
        .with_columns(pl.col("reason").fill_null("unspecified"))
        .sort("occurred_at", "milestone", "reason")
        .unique(waybill_rows.WAYBILL, keep="first")
        .select(*waybill_rows.WAYBILL, "milestone", "reason")
    )
    sides = seed("exception_reasons").select("milestone", "reason", "side_at_fault")
    rows = (
        market.waybills.filter(pl.col("picked_up_date").is_not_null(), purpose="sale")
        .join(first, on=waybill_rows.WAYBILL, how="left")
        .join(sides, on=["milestone", "reason"], how="left")
    )
    has = pl.col("milestone").is_not_null()
    return Subject(
        "mart_exceptions",
        rows,
        ("platform_id", "courier_id", "tier_fixed"),
        "picked_up_date",
        {
            "waybill_count": count(),
            "exception_waybill_share": share(has),
            "courier_at_fault_share": share(pl.col("side_at_fault") == "courier", has),
            "weather_at_fault_share": share(pl.col("side_at_fault") == "weather", has),
            "unknown_at_fault_share": share(pl.col("side_at_fault") == "unknown", has),
        },
        date_column="month_date",
    )


def _business_days(market: Market) -> Subject:
    waybills = market.cohort("paid_date")
    days = _calendars(waybills["destination_country"].drop_nulls().unique())
    of = "destination_country"
    rows = (
        waybills.join(days.rename({"number": "start", "day": "paid_date"}), on=[of, "paid_date"], how="left")
        .join(days.rename({"number": "end", "day": "delivered_date"}), on=[of, "delivered_date"], how="left")
        .with_columns(days=pl.col("end") - pl.col("start"))
    )
    counted = pl.col("days").is_not_null() | ~pl.col("is_delivered")
    return Subject(
        "mart_business_days",
        rows,
        ("platform_id", "courier_id", "tier_fixed"),
        "paid_date",
        {
            "waybill_count": count(),
            "mean_order_to_delivery_business_days": mean("days", 1),
            "within_3_business_days_share": share(pl.col("days") <= 3, counted),
        },
        date_column="month_date",
    )


def _calendars(countries: Iterable[str]) -> pl.DataFrame:
    """Count the business days of each country: China's by the seed, others' by the library."""
    china = seed("business_days").select(
        destination_country="country_code",
        day=pl.col("calendar_date").str.to_date(),
        is_business_day=pl.col("is_business_day") == "true",
    )
    days = china["day"]
    abroad = [
        pl.DataFrame(
            {
                "destination_country": country,
                "day": days,
                "is_business_day": [calendar.is_working_day(day) for day in days],
            }
        )
        for country in countries
        if country != "CN" and country in holidays.list_supported_countries()
        for calendar in [holidays.country_holidays(country)]
    ]
    return pl.concat([china, *abroad]).select(
        "destination_country",
        "day",
        number=pl.col("is_business_day").cum_sum().over("destination_country").cast(pl.Int64),
    )


def _tracking_latency(market: Market) -> Subject:
    codes = seed("courier_codes").filter(pl.col("provider_id") == "waymart")
    rows = market.scans.with_columns(
        courier_id=pl.col("courier_code").replace_strict(codes["code"], codes["courier_id"]),
        day=pl.col("occurred_at").dt.convert_time_zone("Asia/Shanghai").dt.date(),
        seconds=(pl.col("received_at") - pl.col("occurred_at")).dt.total_seconds(),
    )
    return Subject(
        "mart_tracking_latency",
        rows,
        ("courier_id",),
        "day",
        {
            "scan_count": count(),
            "tracking_latency_known_share": share(pl.col("seconds") >= 0),
            "mean_tracking_latency_hours": mean("seconds"),
            **quantiles("tracking_latency", "seconds", pl.col("seconds") >= 0, PERCENTILES),
        },
    )


def _within_cohort(number: Number) -> Number:
    return lambda rows: number(rows.filter(pl.col("is_in_cohort")))
