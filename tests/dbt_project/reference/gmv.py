"""GMV by tier and category, and orders from placed to delivered."""

import polars as pl
from reference import waybills as waybill_rows
from reference.market import Market
from reference.orders import ORDER
from reference.subjects import (
    PERCENTILES,
    Rows,
    Subject,
    count,
    is_whole,
    mean,
    quantiles,
    ratio,
    share,
    total,
)

_PAID = pl.col("is_paid")
_IN_TIERS_1_2 = pl.col("tier_fixed").is_in(["tier_1", "new_tier_1", "tier_2"])
_IN_LOWER_TIERS = pl.col("tier_fixed").is_in(["tier_3", "tier_4", "tier_5", "unranked"])


def subjects(market: Market) -> list[Subject]:
    """The marts made of orders and their lines."""
    return [_gmv_by_tier(market), _gmv_by_category(market), _order_delivery_time(market)]


def _gmv_by_tier(market: Market) -> Subject:
    def gmv_of(rows: Rows, which: pl.Expr) -> float | None:
        return ratio(rows.filter(which)["gmv_paid"].sum(), rows["gmv_paid"].sum())

    names = (
        "gmv_placed",
        "gmv_paid",
        "gmv_net",
        "gmv_received",
        "paid_amount",
    )
    return Subject(
        "mart_city_tier_gmv",
        market.orders,
        ("platform_id", "channel", "tier_fixed", "province_id"),
        "order_date",
        {
            **{name: total(name) for name in names},
            "platform_subsidy_amount": lambda rows: total("platform_subsidy_amount")(
                rows.with_columns(pl.col("platform_subsidy_amount") * _PAID.cast(pl.Int8))
            ),
            "unpaid_subsidy_amount": lambda rows: total("platform_subsidy_amount")(
                rows.with_columns(pl.col("platform_subsidy_amount") * (~_PAID).cast(pl.Int8))
            ),
            "is_gmv_settled": _is_gmv_settled,
            "order_count": count(),
            "paid_order_count": count(_PAID),
            "paid_order_share": share(_PAID),
            "gmv_per_paid_order": lambda rows: ratio(rows["gmv_paid"].sum(), rows.filter(_PAID).height),
            "tier_1_2_share": lambda rows: gmv_of(rows, _IN_TIERS_1_2),
            "lower_tier_share": lambda rows: gmv_of(rows, _IN_LOWER_TIERS),
        },
        one_of=("currency",),
    )


def _is_gmv_settled(rows: Rows) -> float | None:
    waiting = rows.filter(_PAID, ~pl.col("is_received"), ~pl.col("is_cancelled"))["gmv_net"].sum()
    paid = rows["gmv_paid"].sum()
    return float(waiting <= paid / 100) if paid else None


def _gmv_by_category(market: Market) -> Subject:
    return Subject(
        "mart_category_gmv",
        market.lines,
        ("platform_id", "channel", "tier_fixed", "category_id"),
        "order_date",
        {
            **{name: total(name) for name in ("gmv_placed", "gmv_paid", "gmv_net", "gmv_received")},
            "line_count": count(),
            "unit_count": total("unit_count"),
            "gmv_per_unit": lambda rows: ratio(rows["gmv_placed"].sum(), rows["unit_count"].sum()),
        },
        one_of=("currency",),
    )


def _order_delivery_time(market: Market) -> Subject:
    is_sent = (pl.col("purpose") == "sale") & pl.col("cancelled_at").is_null()
    travelled = market.waybills.filter(is_sent).select("waybill", "delivered_at")
    arrived = (
        _sale_orders(market)
        .join(travelled, on="waybill")
        .group_by(ORDER)
        .agg(
            first_at=pl.col("delivered_at").min(),
            last_at=pl.when(pl.col("delivered_at").is_not_null().all()).then(pl.col("delivered_at").max()),
        )
    )
    rows = market.orders.join(arrived, on=ORDER, how="left").with_columns(
        first_seconds=(pl.col("first_at") - pl.col("placed_at")).dt.total_seconds(),
        last_seconds=(pl.col("last_at") - pl.col("placed_at")).dt.total_seconds(),
        is_late=(pl.col("last_at") > pl.col("promise")) | pl.col("last_at").is_null(),
        is_due=pl.col("promise") <= market.as_of,
    )
    return Subject(
        "mart_order_delivery_time",
        rows.filter(_PAID, pl.col("last_at").is_not_null() | ~pl.col("is_cancelled")),
        ("platform_id", "channel", "tier_fixed", "province_id"),
        "order_date",
        {
            "order_count": count(),
            "delivered_order_count": count(pl.col("last_at").is_not_null()),
            "mean_placed_to_first_delivery_hours": mean("first_seconds"),
            "mean_placed_to_last_delivery_hours": mean("last_seconds"),
            "late_order_share": share(pl.col("is_late"), pl.col("is_due")),
            "is_on_time_order_final": is_whole(pl.col("is_due"), pl.col("promise").is_not_null()),
            **quantiles("placed_to_last_delivery", "last_seconds", pl.lit(True), PERCENTILES),
        },
        date_column="month_date",
    )


def _sale_orders(market: Market) -> Rows:
    named = waybill_rows.parcels(market.waybills.filter(purpose="sale"))
    return named.select("waybill", *ORDER).unique()
