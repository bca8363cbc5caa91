"""How long does a parcel take, and where is the time spent?"""

import polars as pl
import streamlit as st

from dashboards.charts.bars import bar_chart, distribution_chart, few_last
from dashboards.charts.canvas import SMALL, Canvas
from dashboards.charts.over_time import line_chart, with_yardstick
from dashboards.charts.stacks import stage_chart
from dashboards.choice.few import FEW
from dashboards.choice.menu import has_couriers
from dashboards.choice.pick import pick
from dashboards.choice.view import View, current_view
from dashboards.languages.messages import N_, _
from dashboards.languages.writing import written, written_period
from dashboards.parts.figure import Figure, is_said_empty, show_beside, show_figure, show_table
from dashboards.parts.finding import compared, missing, show_finding, where
from dashboards.parts.tiles import Tile, show_tiles
from serving.published import Every
from serving.tiers import in_tier_order
from serving.yardsticks import yardsticks

PARCELS = "mart_delivery_time"
BUSINESS = "mart_business_days"
ORDERS_TIME = "mart_order_delivery_time"
MERCHANTS = "mart_merchant_time"
PAID, PICKED_UP = {"date_basis": ["paid"]}, {"date_basis": ["picked_up"]}

STAGES = {
    "mean_handling_stage_hours": "handling",
    "mean_origin_stage_hours": "origin",
    "mean_linehaul_stage_hours": "linehaul",
    "mean_destination_stage_hours": "destination",
    "mean_last_mile_stage_hours": "last_mile",
    "mean_pickup_wait_stage_hours": "pickup_wait",
}
MEDIAN = "median_order_to_delivery_hours"
TOTAL = "mean_all_stages_hours"
PERCENTILES = ["median_end_to_end_hours", "p85_end_to_end_hours", "p95_end_to_end_hours"]
WITHIN = ["within_24h_share", "within_48h_share", "within_72h_share"]
WITHIN_BUSINESS_DAYS = [f"within_{days}_business_days_share" for days in (1, 3, 5)]
FIRST_AND_LAST = ["mean_placed_to_first_delivery_hours", "mean_placed_to_last_delivery_hours"]
SHIPPED = ["shipped_on_time_share", "first_scan_within_24h_share"]
CUTS = {"courier": "courier_id", "tier": "tier_fixed", "month": "calendar_date", "channel": "channel"}


def finding(view: View) -> str:
    """Return the median from payment to delivery, where enough of the parcels are there."""
    if (view.metrics(PARCELS, ["waybill_count"], more=PAID).item() or 0) < FEW:
        return missing(view, _("fewer than {few} parcels fit, too few to state a time.", few=FEW))
    settled = view.settled(PARCELS, MEDIAN, PAID)
    if settled is None:
        return missing(view, _("no median is final yet, too many parcels are still on their way."))
    hours, before = settled.now_and_before(PARCELS, MEDIAN, PAID)
    slower, faster = N_(", {change} later than in {period}"), N_(", {change} earlier than in {period}")
    sentence = _(
        "{period}: half of the parcels{where} reached the consumer within {hours} of payment{change}.",
        period=written_period(settled.period),
        where=where(view),
        hours=written(hours, "hours"),
        change=compared(settled.before, hours, before, "hours", slower, faster),
    )
    later = _("What was paid later is not final yet.")
    return sentence if settled is view else f"{sentence} {later}"


def stages(view: View) -> Figure:
    """The stages of the chosen cut, adding up to paid → delivered."""
    covered = view.metrics(PARCELS, ["all_stages_share"], more=PAID).item()
    if not covered:
        nothing = _("No parcel here is known in every stage, so no stages are drawn.")
        return Figure(PARCELS, pl.DataFrame(), nothing=nothing)
    cut = CUTS[st.session_state["cut"]]
    by = Every(cut, "month") if cut == "calendar_date" else cut
    frame = view.judged(PARCELS, [*STAGES, TOTAL, "all_stages_share", "waybill_count"], [by], more=PAID)
    if cut in ("courier_id", "channel"):
        frame = frame.sort(TOTAL)
    if cut == "tier_fixed":
        frame = in_tier_order(frame, cut)
    frame = few_last(frame, "waybill_count")
    canvas = Canvas(view, PARCELS, "month")
    note = _(
        "Mean over the {share} of parcels paid in the period that have every stage. The merchant's part is "
        "apart in colour. Our stages: the official cut points are not public.",
        share=written(covered, "share"),
    )
    return Figure(PARCELS, frame, (stage_chart(canvas, frame, cut, STAGES, TOTAL),), (note,), grain="month")


def over_time(view: View) -> Figure:
    """Percentiles over time; what is not final is dashed."""
    every = view.every(PARCELS)
    frame = view.judged(PARCELS, [*PERCENTILES, "waybill_count"], [every], more=PICKED_UP)
    canvas = Canvas(view, PARCELS, every.grain)
    chart = line_chart(canvas, frame, "calendar_date", PERCENTILES, height=SMALL + 60)
    chart = with_yardstick(chart, yardsticks(view.serving, "mean_end_to_end_hours"), view)
    note = _("Dashed: not final, parcels still on their way can change it.")
    if view.is_of_china:
        note = _(
            "Dashed: not final, parcels still on their way can change it. The yardstick is a mean over 50 "
            "cities."
        )
    return Figure(PARCELS, frame, (chart,), (note,))


def distribution(view: View) -> Figure:
    """How the hours from pickup to hand-over are spread."""
    frame = view.serving.distribution(
        PARCELS, "end_to_end_distribution", view.conditions(PARCELS, more=PICKED_UP)
    )
    return Figure(
        PARCELS, frame, (distribution_chart(Canvas(view, PARCELS), frame, _("End to end, h"), (24, 48, 72)),)
    )


def within(view: View) -> Figure:
    """24, 48 and 72 h over time."""
    every = view.every(PARCELS)
    home = {**PICKED_UP, **view.at_home(PARCELS)}
    frame = view.judged(PARCELS, [*WITHIN, "waybill_count"], [every], more=home)
    chart = line_chart(Canvas(view, PARCELS, every.grain), frame, "calendar_date", WITHIN, height=SMALL + 60)
    chart = with_yardstick(chart, yardsticks(view.serving, "within_72h_share"), view)
    note = _(
        "Only days old enough for the whole window count. Parcels abroad are left out, as in the yardstick."
    )
    if not view.is_of_china:
        note = _("Only days old enough for the whole window count. Parcels abroad are left out.")
    return Figure(PARCELS, frame, (chart,), (note,))


def handling(view: View) -> Figure:
    """The merchant's part by channel."""
    frame = view.judged(PARCELS, ["mean_handling_hours", "waybill_count"], ["channel"], more=PAID)
    frame = few_last(frame.sort("mean_handling_hours"), "waybill_count")
    chart = bar_chart(Canvas(view, PARCELS), frame, "channel", "mean_handling_hours", count="waybill_count")
    return Figure(PARCELS, frame, (chart,))


def shipped(view: View) -> Figure:
    """Whether merchants shipped when they promised, and whether a courier then had the parcel."""
    every = view.every(PARCELS)
    frame = view.judged(PARCELS, [*SHIPPED, "waybill_count"], [every], more=PAID)
    chart = line_chart(Canvas(view, PARCELS, every.grain), frame, "calendar_date", SHIPPED, height=SMALL)
    note = _("A parcel that is declared shipped and not scanned within 24 hours may not have been shipped.")
    return Figure(PARCELS, frame, (chart,), (note,))


def merchants(view: View) -> Figure:
    """The merchants that ship late the most."""
    names = ["late_shipment_count", "without_first_scan_count", *SHIPPED, "median_handling_hours"]
    frame = view.judged(MERCHANTS, [*names, "waybill_count"], ["merchant_id"])
    frame = frame.filter(pl.col("waybill_count") >= FEW).sort("late_shipment_count", descending=True)
    note = _("Merchants with at least {few} parcels, the most late ones first. Whole months.", few=FEW)
    nothing = _("No merchant has {few} parcels.", few=FEW)
    return Figure(MERCHANTS, frame.head(100), notes=(note,), nothing=nothing)


def business_days(view: View) -> Figure:
    """From payment to delivery in business days, by month."""
    every = view.every(BUSINESS)
    names = ["mean_order_to_delivery_business_days", "business_days_known_share", "waybill_count"]
    frame = view.judged(BUSINESS, [*WITHIN_BUSINESS_DAYS, *names], [every])
    canvas = Canvas(view, BUSINESS, every.grain)
    chart = line_chart(canvas, frame, "month_date", WITHIN_BUSINESS_DAYS, zero=True, height=SMALL)
    note = _(
        "From payment, in the business days of the consumer's country. Parcels that have not arrived count "
        "as not within: a recent month can only rise."
    )
    return Figure(BUSINESS, frame, (chart,), (note,))


def orders(view: View) -> Figure:
    """Until the first and until the last parcel of an order."""
    every = view.every(ORDERS_TIME)
    names = ["median_placed_to_last_delivery_hours", "on_time_order_share", "order_count"]
    frame = view.judged(ORDERS_TIME, [*FIRST_AND_LAST, *names], [every])
    canvas = Canvas(view, ORDERS_TIME, every.grain)
    chart = line_chart(canvas, frame, "month_date", FIRST_AND_LAST, height=SMALL)
    note = _("Means over orders, not over parcels: an order may travel in several. Dashed: not settled.")
    return Figure(ORDERS_TIME, frame, (chart,), (note,))


def show(view: View) -> None:
    """Draw the page."""
    if is_said_empty(view, PARCELS):
        return
    show_finding(finding(view))
    show_tiles(
        view,
        [
            Tile(PARCELS, "median_order_to_delivery_hours", "less", PAID),
            Tile(PARCELS, "median_end_to_end_hours", "less", PICKED_UP),
            Tile(PARCELS, "within_72h_share", "more", {**PICKED_UP, **view.at_home(PARCELS)}),
            Tile(PARCELS, "on_time_share", "more", PICKED_UP),
            Tile(PARCELS, "first_attempt_success_share", "more", PICKED_UP),
        ],
    )
    called = {"courier": _("Courier"), "tier": _("Tier"), "month": _("Month"), "channel": _("Channel")}
    if not has_couriers(view.serving):
        del called["courier"]
    pick(_("Cut by"), called, "cut")
    show_figure(view, _("Where the time is spent, from payment to delivery"), stages)
    show_beside(
        view,
        {
            _("Percentiles, end to end"): over_time,
            _("Distribution"): distribution,
            _("Orders"): orders,
        },
        {_("Within 24, 48 and 72 h"): within, _("Business days"): business_days},
        {
            _("The merchant's part"): handling,
            _("Shipped on time"): shipped,
            _("Late merchants"): merchants,
        },
    )
    names = [
        "waybill_count",
        *PERCENTILES,
        *WITHIN,
        "on_time_share",
        "first_attempt_success_share",
        "exception_share",
    ]
    by = "courier_id" if has_couriers(view.serving) else "tier_fixed"
    table = view.judged(PARCELS, names, [by], more=PICKED_UP)
    show_table(
        view, PARCELS, few_last(table.sort("waybill_count", descending=True), "waybill_count"), key="table"
    )


show(current_view())
