"""How orders are sold in which tier, month by month, and how many groups come together."""

import polars as pl

from dashboards.charts.canvas import SMALL, Canvas
from dashboards.charts.over_time import line_chart, share_chart
from dashboards.choice.few import FEW
from dashboards.choice.view import View
from dashboards.languages.messages import _
from dashboards.languages.writing import written, written_period
from dashboards.parts.figure import Figure
from serving.intervals import Interval, difference_interval
from serving.published import Every
from serving.tiers import LOWER_TIER, TIER_1_2

ORDERS = "mart_city_tier_gmv"
GROUPS = "mart_group_orders"


def channel_mix(view: View) -> Figure:
    """Each channel's share of the orders, month by month, in the tiers that are chosen."""
    every = Every("calendar_date", "month", is_whole=True)
    frame = view.shares(ORDERS, "order_count", [every, "channel"], ["calendar_date"])
    canvas = Canvas(view, ORDERS, "month")
    order = canvas.order(frame, "channel")
    chart = share_chart(canvas, frame, "calendar_date", "share", "channel", order, height=SMALL + 40)
    note = _("Of all orders placed, whole months. A tier filter shows the mix of that tier.")
    return Figure(ORDERS, frame, (chart,), (note,), grain="month")


def channels_by_tier(view: View) -> Figure:
    """The channel that tells tiers apart most: its share of each tier's orders, month by month."""
    tier = view.tier_column(ORDERS)
    every = Every("calendar_date", "month", is_whole=True)
    frame = view.shares(ORDERS, "order_count", [every, tier, "channel"], ["calendar_date", tier])
    sides = _sides(frame, tier)
    if not sides:
        return Figure(ORDERS, frame, grain="month")
    channel, (difference, low, high) = max(sides.items(), key=lambda side: abs(side[1][0]))
    said = _(
        "{channel}: share of orders in lower-tier cities against tier 1–2, {period}: {difference} "
        "(95%: {low} to {high}).",
        channel=view.names.of("channel", channel),
        difference=written(difference, "points"),
        low=written(low, "points"),
        high=written(high, "points"),
        period=written_period(view.period),
    )
    totals = pl.col("order_count").sum().over("calendar_date", tier)
    shown = frame.with_columns(of=totals).filter(pl.col("channel") == channel, pl.col("of") >= FEW)
    chart = line_chart(
        Canvas(view, ORDERS, "month"),
        shown.drop("of"),
        "calendar_date",
        ["share"],
        by=tier,
        zero=True,
        height=SMALL + 40,
    )
    note = _("The table has every channel. Months with under {few} orders of a tier are left out.", few=FEW)
    return Figure(ORDERS, frame, (chart,), (said, note), grain="month")


def group_completion(view: View) -> Figure:
    """Which share of group orders came together, month by month and tier by tier."""
    names = ["group_completion_share", "ended_group_order_count"]
    frame = view.judged(GROUPS, names, [view.every(GROUPS), "tier_fixed"])
    nothing = _("No order of the period says whether its group came together.")
    if frame.is_empty():
        return Figure(GROUPS, frame, nothing=nothing)
    chart = line_chart(
        Canvas(view, GROUPS, "month"),
        frame,
        "month_date",
        names[:1],
        by="tier_fixed",
        height=SMALL + 40,
    )
    count = pl.col("ended_group_order_count").cast(pl.Float64)
    counted = frame.select("tier_fixed", met=(pl.col("group_completion_share") * count).round(), of=count)
    low_tier, high_tier = (
        counted.filter(pl.col("tier_fixed").is_in(tiers)).select(pl.col("met", "of").sum())
        for tiers in (LOWER_TIER, TIER_1_2)
    )
    notes = [_("Of group orders whose group has ended, by the month they were placed.")]
    ours, theirs = low_tier.row(0), high_tier.row(0)
    if min(ours[1], theirs[1]) >= FEW:
        difference, low, high = difference_interval(*ours, *theirs)
        notes.insert(
            0,
            _(
                "In lower-tier cities {share} came together, {difference} against tier 1–2 "
                "(95%: {low} to {high}).",
                share=written(ours[0] / ours[1], "share"),
                difference=written(difference, "points"),
                low=written(low, "points"),
                high=written(high, "points"),
            ),
        )
    return Figure(GROUPS, frame, (chart,), tuple(notes), grain="month")


def _sides(frame: pl.DataFrame, tier: str) -> dict[str, Interval]:
    """Return by channel its share in lower tiers less that in tiers 1–2; none where either has few."""
    sums = [
        dict(
            frame.filter(pl.col(tier).is_in(tiers))
            .group_by("channel", maintain_order=True)
            .agg(pl.col("order_count").sum().cast(pl.Int64))
            .rows()
        )
        for tiers in (LOWER_TIER, TIER_1_2)
    ]
    lower, upper = (sum(side.values()) for side in sums)
    if min(lower, upper) < FEW:
        return {}
    every = dict.fromkeys([*sums[0], *sums[1]])
    return {
        channel: difference_interval(sums[0].get(channel, 0), lower, sums[1].get(channel, 0), upper)
        for channel in every
    }
