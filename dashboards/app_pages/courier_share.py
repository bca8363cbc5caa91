"""Who carries what, how well, and is it fair to compare?"""

import polars as pl
import streamlit as st

from dashboards.charts.bars import FEW, bar_chart, few_last
from dashboards.charts.canvas import SMALL, Canvas
from dashboards.charts.over_time import line_chart, share_chart
from dashboards.choice.view import View, current_view
from dashboards.parts.figure import Figure, is_said_empty, show_beside, show_figure
from dashboards.parts.finding import compared, missing, show_finding, where
from dashboards.parts.tiles import Tile, show_tiles
from serving.formats import written
from serving.published import Every

SHARES = "mart_courier_share"
PARCELS = "mart_delivery_time"
PICKED_UP = {"date_basis": ["picked_up"]}
SHOWN = {"Parcels": "waybill_count", "Paid GMV": "gmv_paid"}
SCORES = [
    "waybill_count",
    "median_end_to_end_hours",
    "p90_end_to_end_hours",
    "within_72h_share",
    "on_time_share",
    "first_attempt_success_share",
    "exception_share",
    "return_share",
]


def finding(view: View) -> str:
    """Return who carries the most, and how that moved."""
    now = view.shares(SHARES, "waybill_count", ["courier_id"]).sort("waybill_count", descending=True)
    if view.filters.courier:
        return missing(view, "only the chosen couriers are shown, so no share of the whole is stated.")
    if now["waybill_count"].sum() < FEW:
        return missing(view, f"fewer than {FEW} parcels were picked up, too few to state a share.")
    first = now.row(0, named=True)
    before, against = None, view.compared(SHARES)
    if against:
        then = view.shares(SHARES, "waybill_count", ["courier_id"], period=against)
        before = dict(then.select("courier_id", "share").rows()).get(first["courier_id"])
    name, share = view.names.of("courier_id", first["courier_id"]), written(first["share"], "share")
    change = compared(against, first["share"], before, "share")
    return f"{view.shown(SHARES)}: {name} carried {share} of parcels{where(view)}{change}."


def over_time(view: View) -> Figure:
    """Each courier's share by month."""
    name = SHOWN[st.session_state.get("of") or "Parcels"]
    every = view.every(SHARES)
    frame = view.shares(SHARES, name, [every, "courier_id"], ["month_date"], view.run_up(SHARES)).filter(
        pl.col(name) > 0
    )
    totals = frame.group_by("courier_id").agg(pl.col(name).sum()).sort(name, descending=True)
    order = totals["courier_id"].to_list()
    chart = share_chart(Canvas(view, SHARES, "month"), frame, "month_date", "share", "courier_id", order)
    return Figure(SHARES, frame, (chart,), (f"Whole months: {view.run_up(SHARES)}.",))


def systems(view: View) -> Figure:
    """Whose label the parcels carry, by month: apart from who carries them."""
    by: list[str | Every] = [view.every(SHARES), "waybill_system"]
    frame = view.shares(SHARES, "waybill_count", by, ["month_date"], view.run_up(SHARES))
    frame = frame.filter(pl.col("waybill_count") > 0)
    canvas = Canvas(view, SHARES, "month")
    chart = line_chart(canvas, frame, "month_date", ["share"], by="waybill_system", zero=True, height=SMALL)
    return Figure(SHARES, frame, (chart,))


def concentration(view: View) -> Figure:
    """The Herfindahl–Hirschman index by month."""
    frame = view.metrics(SHARES, ["hhi"], [view.every(SHARES)], view.run_up(SHARES))
    canvas = Canvas(view, SHARES, "month")
    return Figure(SHARES, frame, (line_chart(canvas, frame, "month_date", ["hhi"], height=SMALL),))


def cost(view: View) -> Figure:
    """What a parcel costs with each courier."""
    frame = view.metrics(SHARES, ["freight_cost_per_waybill", "waybill_count"], ["courier_id"])
    frame = few_last(frame.sort("freight_cost_per_waybill"), "waybill_count")
    chart = bar_chart(
        Canvas(view, SHARES), frame, "courier_id", "freight_cost_per_waybill", count="waybill_count"
    )
    return Figure(SHARES, frame, (chart,), ("Not like for like: weights and lanes differ.",))


def scorecard(view: View) -> Figure:
    """Volume, share and quality per courier, raw."""
    shares = view.shares(PARCELS, "waybill_count", ["courier_id"], more=PICKED_UP).select(
        "courier_id", "share"
    )
    scores = view.metrics(PARCELS, SCORES, ["courier_id"], more=PICKED_UP).join(shares, on="courier_id")
    ordered = few_last(scores.sort("waybill_count", descending=True), "waybill_count")
    return Figure(
        PARCELS,
        ordered.select("courier_id", "share", *SCORES),
        notes=(
            "Raw, not like for like: couriers carry different lanes, so a slower one need not be worse.",
            f"Couriers under {FEW} parcels stand last and are not ranked.",
        ),
    )


def show(view: View) -> None:
    """Draw the page."""
    if is_said_empty(view, SHARES):
        return
    show_finding(finding(view))
    show_tiles(
        view,
        [
            Tile(SHARES, "waybill_count", "more"),
            Tile(SHARES, "hhi"),
            Tile(SHARES, "freight_cost_per_waybill", "less"),
            Tile(PARCELS, "within_72h_share", "more", more=PICKED_UP),
            Tile(PARCELS, "on_time_share", "more", more=PICKED_UP),
        ],
    )
    st.segmented_control(
        "Share of", list(SHOWN), default="Parcels", key="of", bind="query-params", required=True
    )
    show_figure(view, "Share over time by courier", over_time)
    show_beside(
        view, {"Waybill system": systems}, {"Concentration": concentration}, {"Cost per parcel": cost}
    )
    show_figure(view, "Scorecard", scorecard)


show(current_view())
