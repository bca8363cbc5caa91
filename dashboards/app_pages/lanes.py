"""Which routes are slow or unreliable?"""

import polars as pl
import streamlit as st

from dashboards.charts.bars import FEW, bar_chart, few_last
from dashboards.charts.canvas import Canvas
from dashboards.charts.shifts import heat_chart
from dashboards.choice.view import View, current_view
from dashboards.parts.figure import Figure, is_said_empty, show_beside, show_figure
from dashboards.parts.finding import missing, show_finding
from dashboards.parts.tiles import Tile, show_tiles
from serving.formats import written

LANES = "mart_lane_time"
CITIES = "mart_city_lane_time"
LANE = ["origin_province_id", "destination_province_id"]
SHOWN = {
    "Median": "median_end_to_end_hours",
    "Within 72 h": "within_72h_share",
    "Spread": "spread_end_to_end_hours",
    "Volume": "waybill_count",
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
    return lanes.drop_nulls("median_end_to_end_hours").sort("median_end_to_end_hours", descending=True)


def named(view: View, origin: str | None, destination: str | None) -> str:
    """Return what a lane is called."""
    return " → ".join(
        view.names.of(column, one) for column, one in zip(LANE, (origin, destination), strict=True)
    )


def finding(view: View) -> str:
    """Return the slowest lane and how it compares with the middle one."""
    lanes = ranked(view)
    if lanes.is_empty():
        return missing(view, f"no lane carried {FEW} parcels, too few to compare lanes.")
    slowest = lanes.row(0, named=True)
    middle = written(lanes["median_end_to_end_hours"].median(), "hours")
    lane = named(view, *(slowest[column] for column in LANE))
    hours = written(slowest["median_end_to_end_hours"], "hours")
    return (
        f"{view.shown(LANES)}: of {len(lanes):,} lanes with at least {FEW} parcels, {lane} is the slowest, "
        f"half of its parcels take {hours} or more; the middle lane takes {middle}."
    )


def heat(view: View) -> Figure:
    """Every lane between provinces by the chosen measure."""
    name = SHOWN[st.session_state.get("lanes_by") or "Median"]
    frame = view.metrics(LANES, list(dict.fromkeys([name, "waybill_count"])), LANE)
    frame = frame.filter(pl.all_horizontal(pl.col(column).is_not_null() for column in LANE))
    chart = heat_chart(Canvas(view, LANES), frame, LANE[1], LANE[0], name, "waybill_count")
    note = (
        f"From the province on the left to the one above; under {FEW} parcels a lane is grey. Whole months."
    )
    return Figure(LANES, frame, (chart,), (note,))


def slowest(view: View) -> Figure:
    """The lanes in order of their median."""
    return Figure(LANES, ranked(view), notes=(f"Lanes with at least {FEW} parcels, slowest first.",))


def cities(view: View) -> Figure:
    """The same between cities."""
    by = ["origin_adcode", "destination_adcode"]
    frame = view.judged(CITIES, MEASURES, by).filter(
        pl.col("waybill_count") >= FEW, pl.col("origin_adcode") != "other"
    )
    frame = frame.drop_nulls("median_end_to_end_hours").sort("median_end_to_end_hours", descending=True)
    return Figure(
        CITIES, frame.head(100), nothing=f"No lane between two cities carried {FEW} parcels in a month."
    )


def lane_couriers(view: View) -> Figure:
    """The couriers of one lane side by side."""
    chosen = st.session_state.get("lane")
    if chosen is None:
        return Figure(LANES, pl.DataFrame(), nothing="Choose a lane above.")
    more = {column: [one] for column, one in zip(LANE, chosen.split(">"), strict=True)}
    whole = view.without_filters_on(LANES, "courier_id")
    frame = few_last(
        whole.judged(LANES, MEASURES, ["courier_id"], more=more).sort("median_end_to_end_hours"),
        "waybill_count",
    )
    chart = bar_chart(
        Canvas(view, LANES), frame, "courier_id", "median_end_to_end_hours", count="waybill_count"
    )
    return Figure(LANES, frame, (chart,), (f"Couriers under {FEW} parcels are grey and last.",))


def choose_lane(view: View) -> None:
    """Draw the choice of a lane; the busiest is open."""
    lanes = ranked(view).sort("waybill_count", descending=True)
    if lanes.is_empty():
        return
    options = [f"{origin}>{destination}" for origin, destination in lanes.select(LANE).drop_nulls().rows()]
    st.selectbox(
        "Lane",
        options,
        format_func=lambda lane: named(view, *lane.split(">")),
        key="lane",
        bind="query-params",
    )


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
    st.segmented_control(
        "Show", list(SHOWN), default="Median", key="lanes_by", bind="query-params", required=True
    )
    show_figure(view, "Lanes between provinces", heat)
    choose_lane(view)
    show_figure(view, "The lane's couriers side by side", lane_couriers)
    show_beside(view, {"Slowest lanes": slowest, "Between cities": cities})


show(current_view())
