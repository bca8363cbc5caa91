"""Who brings consumers, dropshippers and leaders of groups: how many, where, and how fast they grow."""

from dataclasses import replace
from datetime import date

import polars as pl

from dashboards.charts.canvas import SMALL, Canvas
from dashboards.charts.over_time import line_chart
from dashboards.charts.shifts import grid_chart
from dashboards.choice.few import FEW
from dashboards.choice.view import View
from dashboards.languages.messages import _
from dashboards.languages.writing import written, written_change, written_day
from dashboards.parts.figure import Figure
from serving.intervals import growth_interval
from serving.published import Every
from serving.tiers import LOWER_TIER, TIER_1_2

BROUGHT = "mart_referrers"
PARTIES = "mart_active_referrers"
_PROVINCES_MAX = 12


def led_orders(view: View) -> Figure:
    """Which share of each tier's orders the leaders of buying groups brought, month by month."""
    names = [
        "led_order_share",
        "order_count",
        "brought_order_share",
        "brought_order_count",
        "brought_gmv_paid",
    ]
    frame = view.judged(BROUGHT, names, [view.every(BROUGHT), "tier_fixed"])
    if not frame["brought_order_share"].sum():
        return Figure(BROUGHT, frame.clear(), nothing=_nobody())
    canvas = Canvas(view, BROUGHT, "month")
    chart = line_chart(canvas, frame, "month_date", names[:1], by="tier_fixed", zero=True, height=SMALL + 40)
    note = _("Of all orders placed. A leader is known where the platform names one.")
    return Figure(BROUGHT, frame, (chart,), (*growth_of_led(view), note), grain="month")


def parties(view: View) -> Figure:
    """How many dropshippers and leaders are active in each tier in the period's last month."""
    figure = _active(view, "tier", "tier_fixed")
    note = _("The table has every month, the accounts brought, and orders per party.")
    return replace(figure, notes=(*figure.notes, note))


def parties_by_province(view: View) -> Figure:
    """How many of them are active where: in the provinces that have the most."""
    figure = _active(view, "province", "province_id", _PROVINCES_MAX)
    return replace(figure, notes=(*figure.notes, _("The table has every province.")))


def _active(view: View, kind: str, place: str, most: int | None = None) -> Figure:
    names = ["active_referrer_count", "brought_consumer_count", "orders_per_referrer"]
    by: list[str | Every] = [view.every(PARTIES), "referrer_kind", place]
    frame = view.judged(PARTIES, names, by, more={"place_kind": [kind]})
    newest = frame["month_date"].max()
    if not isinstance(newest, date):
        return Figure(PARTIES, frame, nothing=_nobody())
    shown = frame.filter(month_date=newest)
    if most is not None:
        counted = shown.group_by(place).agg(pl.col("active_referrer_count").sum())
        largest = counted.sort("active_referrer_count", place, descending=[True, False]).head(most)
        shown = shown.join(largest, on=place, how="semi")
    chart = grid_chart(Canvas(view, PARTIES), shown, "referrer_kind", place, "active_referrer_count")
    note = _(
        "In {month}. Who brings consumers of two places stands in both.", month=written_day(newest, "month")
    )
    return Figure(PARTIES, frame, (chart,), (note,), grain="month")


def growth_of_led(view: View) -> list[str]:
    """Say how the leaders' orders grew within a year, in lower tiers and in tiers 1–2; of few, how many."""
    more = {"referrer_kind": ["group_leader"]}
    by: list[str | Every] = [view.every(BROUGHT), "tier_fixed"]
    frame = view.metrics(BROUGHT, ["brought_order_count"], by, period=view.loaded, more=more)
    is_whole = pl.col("month_date").dt.month_end() <= min(view.period.last, view.loaded.last)
    months = frame.filter(is_whole)["month_date"]
    newest = months.max()
    if not isinstance(newest, date):
        return []
    before = newest.replace(year=newest.year - 1)
    if before < view.loaded.first:
        return [
            _(
                "How the leaders' orders grew cannot be said: no year before {month} is loaded.",
                month=written_day(newest, "month"),
            )
        ]
    said = []
    for place, tiers in ((_("lower-tier cities"), LOWER_TIER), (_("tier 1–2 cities"), TIER_1_2)):
        of_tiers = frame.filter(pl.col("tier_fixed").is_in(tiers))
        now, then = (
            int(of_tiers.filter(month_date=month)["brought_order_count"].sum()) for month in (newest, before)
        )
        if min(now, then) < FEW:
            said.append(
                _(
                    "Leaders brought {now} orders from {place} in {month}, {then} a year before: of fewer "
                    "than {few} no growth is said.",
                    now=written(now, "count"),
                    then=written(then, "count"),
                    place=place,
                    month=written_day(newest, "month"),
                    few=FEW,
                )
            )
            continue
        grown, low, high = (written_change(1 + part, 1, "count") for part in growth_interval(now, then))
        said.append(
            _(
                "Orders that leaders brought from {place}, {month} against a year before: {grown} "
                "(95%: {low} to {high}).",
                place=place,
                month=written_day(newest, "month"),
                grown=grown,
                low=low,
                high=high,
            )
        )
    return said


def _nobody() -> str:
    return _("No order of the period names who brought its consumer.")
