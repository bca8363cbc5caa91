"""Orders and their lines with the four readings of GMV, from what the feed sent."""

from pathlib import Path

import polars as pl
from reference.feeds import end_of_promised_day, feed, latest, local_date, seed
from reference.places import tier, with_place

ORDER = ["platform_id", "order_number"]
LINE = [*ORDER, "order_line_number"]
_ZERO = pl.lit(0, pl.Decimal(18, 2))


def _money(*names: str) -> list[pl.Expr]:
    return [pl.col(name).fill_null(_ZERO) for name in names]


def orders(market: Path) -> pl.DataFrame:
    """One row per order: whether it counts, when, where and for how much."""
    rows = with_place(latest(feed(market, "orders"), ORDER), "destination_")
    zones = seed("platforms").select("platform_id", "time_zone")
    is_sent = pl.col("status_code").is_in(["paid", "shipped", "received"])
    is_paid = (
        pl.when(pl.col("group_status_code").is_not_null() & (pl.col("group_status_code") != "formed"))
        .then(False)
        .when(pl.col("paid_at").is_not_null() | pl.col("delivered_at").is_not_null())
        .then(True)
        .when(pl.col("is_cash_on_delivery"))
        .then(pl.col("status_code") == "received")
        .otherwise(is_sent)
    )
    goods, less, more = _money("goods_amount", "merchant_discount_amount", "adjustment_amount")
    subsidy = sum(_money("platform_discount_amount", "platform_postage_amount"), _ZERO)
    read = (
        rows.join(zones, on="platform_id", how="left")
        .with_columns(is_paid=is_paid)
        .with_columns(
            is_cancelled=pl.col("cancelled_at").is_not_null() | (pl.col("status_code") == "cancelled"),
            is_received=pl.col("received_at").is_not_null() | (pl.col("status_code") == "received"),
            own_value=goods - less + more,
            own_subsidy=subsidy,
            order_date=local_date("placed_at"),
            promise=pl.coalesce("promised_delivery_at", end_of_promised_day("promised_delivery_date")),
            payment_date=pl.when("is_paid").then(local_date("paid_at")),
            clock_started_at=pl.when("is_cash_on_delivery")
            .then(pl.col("placed_at"))
            .when("is_paid")
            .then(pl.col("paid_at")),
            paid_at=pl.when("is_paid").then(pl.col("paid_at")),
            tier_fixed=tier("destination_country", "destination_adcode"),
            channel=pl.col("channel_code").fill_null("unknown"),
            consumer=pl.concat_str("platform_id", "consumer_code", separator=":"),
        )
        .rename({"destination_adcode": "adcode", "destination_province_id": "province_id"})
    )
    refunds = latest(feed(market, "refunds"), [*ORDER, "refund_number"])
    payments = latest(feed(market, "payments"), [*ORDER, "payment_number"])
    lines = (
        _lines(market)
        .group_by(ORDER)
        .agg(pl.col("value", "subsidy").sum(), line_postage=pl.col("postage_amount").sum())
    )
    return (
        read.join(lines, on=ORDER, how="left")
        .join(refunds.group_by(ORDER).agg(refunded=pl.col("amount").sum()), on=ORDER, how="left")
        .join(payments.group_by(ORDER).agg(money=pl.col("amount").sum()), on=ORDER, how="left")
        .with_columns(
            pl.col("value", "subsidy", "refunded", "line_postage").fill_null(_ZERO),
            pl.col("postage_amount").fill_null(_ZERO),
        )
        .with_columns(
            pl.col("value") + pl.col("own_value"),
            postage_amount=pl.col("postage_amount") + pl.col("line_postage"),
            platform_subsidy_amount=pl.col("subsidy") + pl.col("own_subsidy"),
            paid_amount=pl.when("is_paid").then(pl.coalesce("paid_amount", "money")).otherwise(_ZERO),
        )
        .with_columns(*readings())
    )


def readings() -> list[pl.Expr]:
    """The four readings of a `value` and what was `refunded` of it."""
    value = pl.col("value")
    counts = pl.col("is_paid")
    return [
        value.alias("gmv_placed"),
        pl.when(counts).then(value).otherwise(_ZERO).alias("gmv_paid"),
        pl.when(counts & ~pl.col("is_cancelled"))
        .then(value - pl.col("refunded"))
        .otherwise(_ZERO)
        .alias("gmv_net"),
        pl.when(counts & pl.col("is_received")).then(value).otherwise(_ZERO).alias("gmv_received"),
    ]


def _lines(market: Path) -> pl.DataFrame:
    rows = latest(feed(market, "order_lines"), LINE)
    goods, less, more = _money("goods_amount", "merchant_discount_amount", "adjustment_amount")
    (subsidy,) = _money("platform_discount_amount")
    return rows.with_columns(
        pl.col("postage_amount").fill_null(_ZERO), value=goods - less + more, subsidy=subsidy
    )


def _allotted(rows: pl.DataFrame, amount: str) -> pl.Expr:
    """An order's amount on its lines by goods, cut to the fen, the remainder on the first line."""
    fen = (pl.col(amount) * 100).cast(pl.Int64)
    goods = (pl.col("goods_amount") * 100).cast(pl.Int64)
    total = goods.sum().over(ORDER)
    cut = pl.when(total > 0).then(fen.sign() * ((fen.abs() * goods) // total)).otherwise(0)
    is_first = pl.int_range(pl.len()).over(ORDER) == 0
    whole = cut + pl.when(is_first).then(fen - cut.sum().over(ORDER)).otherwise(0)
    return (whole.cast(pl.Decimal(18, 2)) / 100).cast(pl.Decimal(18, 2))


def order_lines(market: Path, orders: pl.DataFrame) -> pl.DataFrame:
    """One row per line, with its part of what its order carries as a whole."""
    products = latest(feed(market, "products"), ["platform_id", "product_code"])
    refunds = latest(feed(market, "refunds"), [*ORDER, "refund_number"])
    of_line = refunds.filter(pl.col("order_line_number").is_not_null())
    of_order = refunds.filter(pl.col("order_line_number").is_null())
    carried = ["own_value", "is_paid", "is_cancelled", "is_received", "order_date", "tier_fixed", "channel"]
    rows = (
        _lines(market)
        .sort(*ORDER, pl.col("order_line_number").str.len_chars(), "order_line_number")
        .join(orders.select(*ORDER, *carried), on=ORDER, maintain_order="left")
        .join(
            of_order.group_by(ORDER).agg(whole_refund=pl.col("amount").sum()),
            on=ORDER,
            how="left",
            maintain_order="left",
        )
        .join(
            of_line.group_by(LINE).agg(line_refund=pl.col("amount").sum()),
            on=LINE,
            how="left",
            maintain_order="left",
        )
        .join(
            products.select(
                "platform_id",
                "product_code",
                category_id=pl.concat_str("platform_id", "category_code", separator=":"),
            ),
            on=["platform_id", "product_code"],
            how="left",
            maintain_order="left",
        )
        .with_columns(pl.col("whole_refund", "line_refund").fill_null(_ZERO))
    )
    return rows.with_columns(
        pl.col("value") + _allotted(rows, "own_value"),
        refunded=pl.col("line_refund") + _allotted(rows, "whole_refund"),
    ).with_columns(*readings())
