"""How is the market moving, and is anything wrong?"""

import polars as pl

from dashboards.charts.bars import bar_chart
from dashboards.charts.canvas import SMALL, Canvas
from dashboards.charts.over_time import line_chart, with_events, with_yardstick
from dashboards.choice.chosen import ORDERS, Narrowing
from dashboards.choice.few import FEW
from dashboards.choice.menu import has_couriers
from dashboards.choice.view import View, current_view, tier_1_2_share
from dashboards.languages.messages import _
from dashboards.languages.writing import called_events, listed, written, written_period
from dashboards.parts.figure import Figure, is_said_empty, show_beside, show_figure, show_table
from dashboards.parts.finding import compared, missing, show_finding, where
from dashboards.parts.needs import show_needs
from dashboards.parts.tiles import Tile, show_tiles
from dashboards.parts.today import show_today
from serving.events import events
from serving.yardsticks import yardsticks

PARCELS = "mart_delivery_time"
STALLED = "mart_stalled_parcels"
PICKED_UP = {"date_basis": ["picked_up"]}


def finding(view: View) -> str:
    """Return what paid GMV and the parcels did."""
    if view.paid is None:
        return missing(view, _("paid GMV is not kept by every filter that is on; the parcels are below."))
    now, before = view.now_and_before(view.paid, "gmv_paid")
    parts = {
        "period": written_period(view.period),
        "where": where(view),
        "gmv": written(now, "money", view.currency),
        "change": compared(view.before, now, before, "money"),
        "sales": unequal_sales(view),
    }
    if not view.can_narrow(PARCELS):
        return _("{period}: paid GMV{where} was {gmv}{change}{sales}.", **parts)
    names = ["waybill_count", "within_72h_share"]
    parcels = view.metrics(PARCELS, names, more=home(view)).row(0, named=True)
    if (parcels["waybill_count"] or 0) < FEW or parcels["within_72h_share"] is None:
        return _(
            "{period}: paid GMV{where} was {gmv}{change}{sales}; too few parcels are old enough to say how "
            "fast they were.",
            **parts,
        )
    return _(
        "{period}: paid GMV{where} was {gmv}{change}{sales}; {share} of parcels at home arrived within 72 h "
        "of pickup.",
        **parts,
        share=written(parcels["within_72h_share"], "share"),
    )


def unequal_sales(view: View) -> str:
    """Return which sales fall in one of the two periods alone; empty where they are alike."""
    against = view.before
    if against is None or not view.is_of_china:
        return ""
    ours, theirs = (
        set(called_events(events(view.serving, period).filter(kind="sale")))
        for period in (view.period, against)
    )
    here, there = listed(sorted(ours - theirs)), listed(sorted(theirs - ours))
    if here and there:
        return _(" ({sales} fell in it, {others} in the other)", sales=here, others=there)
    if here:
        return _(" ({sales} fell in it)", sales=here)
    return _(" ({sales} in the other)", sales=there) if there else ""


def home(view: View) -> Narrowing:
    """Return what leaves the parcels abroad out."""
    return {**PICKED_UP, **view.at_home(PARCELS)}


def daily(view: View) -> Figure:
    """Paid GMV above parcels picked up; what a filter does not know is left out and named."""
    every = view.every(ORDERS)
    frame, charts = by_day(view), []
    for table, name in ((view.paid or ORDERS, "gmv_paid"), (PARCELS, "waybill_count")):
        if name in frame.columns:
            canvas = Canvas(view, table, every.grain)
            chart = line_chart(canvas, frame, "calendar_date", [name], zero=True, height=SMALL - 20)
            charts.append(with_events(chart, view))
    left_out = _("Orders or parcels are not kept by every filter that is on.")
    notes = () if len(charts) == 2 else (left_out,)
    return Figure(PARCELS, frame, tuple(charts), notes, sold(view), grain=every.grain)


def sold(view: View) -> dict[str, str]:
    """Return the columns of the daily rows that are another table's."""
    return {"gmv_paid": view.paid or ORDERS, "paid_order_count": ORDERS}


def by_day(view: View) -> pl.DataFrame:
    """Return paid GMV, orders and parcels picked up per point in time, as far as the filters are known."""
    every = view.every(ORDERS)
    orders, parcels = ["gmv_paid", "paid_order_count"], ["waybill_count"]
    if view.paid is None:
        return view.metrics(PARCELS, parcels, [every], more=PICKED_UP)
    paid = view.metrics(view.paid, orders if view.paid == ORDERS else ["gmv_paid"], [every])
    if not view.can_narrow(PARCELS):
        return paid
    carried = view.metrics(PARCELS, parcels, [every], more=PICKED_UP)
    return paid.join(carried, on="calendar_date", how="full", coalesce=True).sort("calendar_date")


def within_72h(view: View) -> Figure:
    """The share delivered within 72 h against the State Post Bureau's."""
    every = view.every(PARCELS)
    frame = view.judged(PARCELS, ["within_72h_share", "waybill_count"], [every], more=home(view))
    canvas = Canvas(view, PARCELS, every.grain)
    chart = line_chart(canvas, frame, "calendar_date", ["within_72h_share"], height=SMALL)
    chart = with_yardstick(chart, yardsticks(view.serving, "within_72h_share"), view)
    note = _(
        "Days too young for 72 hours are left out. Parcels abroad are left out: the yardstick does not count "
        "them."
    )
    if not view.is_of_china:
        note = _("Days too young for 72 hours are left out, and parcels abroad.")
    return Figure(PARCELS, frame, (chart,), (note,))


def couriers(view: View) -> Figure:
    """Who picked up how much."""
    frame = view.shares(PARCELS, "waybill_count", ["courier_id"], more=PICKED_UP)
    frame = frame.sort("share", descending=True)
    return Figure(PARCELS, frame, (bar_chart(Canvas(view, PARCELS), frame, "courier_id", "share"),))


def stalled(view: View) -> Figure:
    """Parcels that have been silent for 48 hours, by where."""
    frame = view.metrics(STALLED, ["stalled_waybill_count"], ["place_of_silence"])
    frame = frame.sort("stalled_waybill_count", descending=True)
    chart = bar_chart(Canvas(view, STALLED), frame, "place_of_silence", "stalled_waybill_count")
    return Figure(STALLED, frame, (chart,), (_("Now, whatever the period."),))


def show(view: View) -> None:
    """Draw the page."""
    show_today(view)
    if is_said_empty(view, ORDERS if view.can_narrow(ORDERS) else PARCELS):
        return
    show_finding(finding(view))
    show_tiles(
        view,
        [
            Tile(view.paid or ORDERS, "gmv_paid", "more"),
            Tile(PARCELS, "waybill_count", "more", PICKED_UP),
            Tile(ORDERS, tier_1_2_share(view)),
            Tile(PARCELS, "median_end_to_end_hours", "less", PICKED_UP),
            Tile(PARCELS, "within_72h_share", "more", home(view)),
        ],
    )
    show_needs(view)
    show_figure(view, _("Paid GMV and parcels picked up"), daily)
    show_beside(
        view,
        {_("Within 72 h"): within_72h},
        {_("Courier share"): couriers} if has_couriers(view.serving) else {},
        {_("Stalled now"): stalled},
    )
    table = by_day(view).sort("calendar_date", descending=True)
    show_table(view, PARCELS, table, sold(view), key="table")


show(current_view())
