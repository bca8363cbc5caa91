"""Which routes are slow or unreliable?"""

import polars as pl
import streamlit as st

from dashboards.charts.bars import bar_chart, few_last
from dashboards.charts.canvas import Canvas
from dashboards.charts.journey import Span, span_chart
from dashboards.charts.shifts import heat_chart
from dashboards.choice.few import FEW
from dashboards.choice.menu import has_couriers
from dashboards.choice.pick import pick, pick_one
from dashboards.choice.view import View, current_view
from dashboards.languages.messages import _
from dashboards.languages.writing import written, written_period
from dashboards.parts.figure import Figure, is_said_empty, show_beside, show_figure
from dashboards.parts.finding import missing, show_finding
from dashboards.parts.tiles import Tile, show_tiles
from serving import parcels

LANES = "mart_lane_time"
CITIES = "mart_city_lane_time"
STAGES = "mart_lane_stages"
LANE = ["origin_province_id", "destination_province_id"]
SHOWN = {
    "median": "median_end_to_end_hours",
    "within_72h": "within_72h_share",
    "spread": "spread_end_to_end_hours",
    "volume": "waybill_count",
}
MEASURES = [
    "waybill_count",
    "median_end_to_end_hours",
    "p90_end_to_end_hours",
    "spread_end_to_end_hours",
    "within_72h_share",
]


def ranked(view: View) -> pl.DataFrame:
    """Return the lanes with enough parcels to say something, slowest first."""
    lanes = view.judged(LANES, MEASURES, LANE).filter(pl.col("waybill_count") >= FEW)
    return lanes.drop_nulls([*LANE, "median_end_to_end_hours"]).sort(
        "median_end_to_end_hours", descending=True
    )


def named(view: View, origin: str | None, destination: str | None) -> str:
    """Return what a lane is called."""
    return " → ".join(
        view.names.of(column, one) for column, one in zip(LANE, (origin, destination), strict=True)
    )


def finding(view: View) -> str:
    """Return the slowest lane and how it compares with the middle one."""
    lanes = ranked(view)
    if lanes.is_empty():
        return missing(view, _("no lane carried {few} parcels, too few to compare lanes.", few=FEW))
    slowest = lanes.row(0, named=True)
    return _(
        "{period}: of {lanes} lanes with at least {few} parcels, {lane} is the slowest, half of its parcels "
        "take {hours} or more; the middle lane takes {middle}.",
        period=written_period(view.shown(LANES)),
        lanes=written(len(lanes), "count"),
        few=FEW,
        lane=named(view, *(slowest[column] for column in LANE)),
        hours=written(slowest["median_end_to_end_hours"], "hours"),
        middle=written(lanes["median_end_to_end_hours"].median(), "hours"),
    )


def heat(view: View) -> Figure:
    """Every lane between provinces by the chosen measure."""
    name = SHOWN[st.session_state["lanes_by"]]
    frame = view.judged(LANES, list(dict.fromkeys([name, "waybill_count"])), LANE)
    frame = frame.filter(pl.all_horizontal(pl.col(column).is_not_null() for column in LANE))
    chart = heat_chart(Canvas(view, LANES), frame, LANE[1], LANE[0], name, "waybill_count")
    note = _(
        "From the province on the left to the one above; under {few} parcels a lane is grey. Whole months.",
        few=FEW,
    )
    return Figure(LANES, frame, (chart,), (note,))


def slowest(view: View) -> Figure:
    """The lanes in order of their median."""
    return Figure(
        LANES, ranked(view), notes=(_("Lanes with at least {few} parcels, slowest first.", few=FEW),)
    )


def cities(view: View) -> Figure:
    """The same between cities."""
    by = ["origin_adcode", "destination_adcode"]
    frame = view.judged(CITIES, MEASURES, by).filter(
        pl.col("waybill_count") >= FEW, pl.col("origin_adcode") != "other"
    )
    frame = frame.drop_nulls("median_end_to_end_hours").sort("median_end_to_end_hours", descending=True)
    nothing = _("No lane between two cities carried {few} parcels in a month.", few=FEW)
    return Figure(CITIES, frame.head(100), nothing=nothing)


def lane_couriers(view: View) -> Figure:
    """The couriers of one lane side by side."""
    chosen = st.session_state.get("lane")
    if chosen is None:
        return Figure(LANES, pl.DataFrame(), nothing=_("Choose a lane above."))
    more = {column: [one] for column, one in zip(LANE, chosen.split(">"), strict=True)}
    whole = view.without_filters_on(LANES, "courier_id")
    frame = few_last(
        whole.judged(LANES, MEASURES, ["courier_id"], more=more).sort("median_end_to_end_hours"),
        "waybill_count",
    )
    chart = bar_chart(
        Canvas(view, LANES), frame, "courier_id", "median_end_to_end_hours", count="waybill_count"
    )
    return Figure(LANES, frame, (chart,), (_("Couriers under {few} parcels are grey and last.", few=FEW),))


def lane_stages(view: View) -> Figure:
    """Where the time of one lane is spent, and how sure that is."""
    chosen = st.session_state.get("lane")
    if chosen is None:
        return Figure(STAGES, pl.DataFrame(), nothing=_("Choose a lane above."))
    more = {column: [one] for column, one in zip(LANE, chosen.split(">"), strict=True)}
    measures = [*(f"{one}_stage_hours" for one in ("p10", "median", "p90")), "waybill_count"]
    frame = view.judged(STAGES, measures, ["stage"], more=more)
    frame = frame.sort(pl.col("stage").replace_strict(parcels.STAGES, range(len(parcels.STAGES))))
    spans = [Span(view.names.of("stage", row[0]), None, True, *row[1:4]) for row in frame.rows()]
    note = _("Each bar holds the middle eight of ten parcels, the mark in it the median. Whole months.")
    return Figure(STAGES, frame, (span_chart(spans),), (note,))


def choose_lane(view: View) -> None:
    """Draw the choice of a lane; the busiest is open."""
    lanes = ranked(view).sort("waybill_count", descending=True)
    if lanes.is_empty():
        return
    options = {">".join(lane): named(view, *lane) for lane in lanes.select(LANE).rows()}
    pick_one(_("Lane"), options, "lane")


def show(view: View) -> None:
    """Draw the page."""
    if is_said_empty(view, LANES):
        return
    show_finding(finding(view))
    show_tiles(
        view,
        [
            Tile(LANES, "lane_count"),
            Tile(LANES, "median_end_to_end_hours", "less"),
            Tile(LANES, "spread_end_to_end_hours", "less"),
            Tile(LANES, "within_72h_share", "more"),
        ],
    )
    called = {
        "median": _("Median"),
        "within_72h": _("Within 72 h"),
        "spread": _("Spread"),
        "volume": _("Volume"),
    }
    pick(_("Show"), called, "lanes_by")
    show_figure(view, _("Lanes between provinces"), heat)
    choose_lane(view)
    couriers = {_("The lane's couriers side by side"): lane_couriers} if has_couriers(view.serving) else {}
    show_beside(view, couriers, {_("The lane's stages"): lane_stages})
    show_beside(view, {_("Slowest lanes"): slowest, _("Between cities"): cities})


show(current_view())
