"""When will it arrive, and can we keep our word?"""

from datetime import datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import polars as pl
import streamlit as st

from dashboards.charts.arrivals import arrival_chart
from dashboards.charts.bars import bar_chart, few_last
from dashboards.charts.canvas import SMALL, Canvas
from dashboards.charts.over_time import line_chart
from dashboards.charts.shifts import province_map
from dashboards.choice.chosen import Narrowing
from dashboards.choice.few import FEW
from dashboards.choice.menu import has_couriers
from dashboards.choice.pick import pick, pick_one
from dashboards.choice.view import View, current_view
from dashboards.languages.messages import _
from dashboards.languages.writing import written, written_period
from dashboards.parts.figure import Figure, is_said_empty, show_beside, show_figure
from dashboards.parts.finding import missing, show_finding
from dashboards.parts.tiles import Tile, show_tiles
from serving.estimates import NEWEST_COLUMN, SHARES, Target, estimates, newest, province, teller

QUALITY = "mart_estimate_quality"
LEVELS = "mart_delivery_estimates"
REACH = "mart_reach"
KEPT = "promises_kept"
LANES = "mart_lane_time"
LANE = ("origin_province_id", "destination_province_id")
#: Until when is paid, for who promises the same or the next day.
CUT_OFFS = (10, 12, 14, 16, 18, 20, 22, 24)
#: Cities with few parcels say nothing of any province.
_CITIES_MAX = 50


def target() -> Target:
    """Return where the clock starts, as the reader chose."""
    return next(one for one in get_args(Target) if one == st.session_state["since"])


def told(view: View, by: str | None = "us", percentile: int | None = 90) -> Narrowing:
    """Return the narrowing on what one told, of so many of 100; ``us`` is who tells what is published."""
    chosen: dict[str, list[str]] = {"estimate_target": [target()]}
    if by:
        chosen["told_by"] = [teller(view.serving, target()) if by == "us" else by]
    if percentile:
        chosen["percentile"] = [str(percentile)]
    return chosen


def who_tells(view: View) -> str:
    """Return who tells what is published, and what either lost; empty where nothing is judged."""
    since = told(view, by=None, percentile=None)
    judged = view.serving.metrics(QUALITY, ["mean_pinball_days"], ["told_by"], since)
    lost = {row["told_by"]: row["mean_pinball_days"] for row in judged.to_dicts()}
    if None in (lost.get("learnt"), lost.get("estimate")):
        return ""
    days = {"learnt": f"{lost['learnt']:.3f}", "plain": f"{lost['estimate']:.3f}"}
    if teller(view.serving, target()) == "learnt":
        return _(
            "The learnt level answers first: all lanes that go as far. In 26 weeks that lost {learnt} days a "
            "parcel, the levels alone {plain}.",
            **days,
        )
    return _(
        "The levels answer alone: in 26 weeks they lost {plain} days a parcel, with the learnt one in front "
        "{learnt}.",
        **days,
    )


def finding(view: View) -> str:
    """Return how often what would have been told for 90 of 100 came true."""
    judged = view.metrics(QUALITY, ["told_count", "kept_share", "mean_told_days"], more=told(view)).row(
        0, named=True
    )
    if (judged["told_count"] or 0) < FEW:
        return missing(view, _("fewer than {few} parcels were foretold and had time to arrive.", few=FEW))
    return _(
        "{period}: of {count} parcels, {share} were there by the day told for 90 of 100; it lay {days} days "
        "after the start on average.",
        period=written_period(view.shown(QUALITY)),
        count=written(judged["told_count"], "count"),
        share=written(judged["kept_share"], "share"),
        days=f"{judged['mean_told_days']:.1f}",
    )


def choose_lane(view: View) -> None:
    """Draw the choice of a lane between provinces; the busiest is open."""
    names = view.names
    lanes = view.without_filters_on(LANES, "courier_id").metrics(LANES, ["waybill_count"], LANE)
    lanes = lanes.drop_nulls(LANE).sort("waybill_count", *LANE, descending=True)
    lanes = lanes.filter(pl.col("waybill_count") >= min(FEW, lanes["waybill_count"].max() or 0))
    options = {
        ">".join(lane): " → ".join(names.of(column, one) for column, one in zip(LANE, lane, strict=True))
        for lane in lanes.select(LANE).rows()
    }
    if options:
        pick_one(_("Lane"), options, "lane")


def by_which_day(view: View) -> Figure:
    """The couriers of the chosen lane: by which day so many of 100 parcels are there."""
    chosen, start = st.session_state.get("lane"), newest(view.serving)
    if chosen is None or start is None:
        return Figure(LEVELS, pl.DataFrame(), nothing=_("Choose a lane above."))
    origin, destination = (province(view.serving, one) for one in chosen.split(">"))
    found = estimates(view.serving, origin, destination, start, target())
    wanted = set(view.filters.courier)
    found = [one for one in found if one.courier_id and (not wanted or one.courier_id in wanted)]
    kept = _kept_by_courier(view)
    frame = pl.DataFrame(
        [
            {
                "courier_id": one.courier_id,
                **{f"p{share}_date": one.days[share] for share in SHARES},
                "arrived_count": one.arrived_count,
                "estimate_level": one.level,
                "kept_share": kept.get(one.courier_id),
            }
            for one in found
        ],
        schema={
            "courier_id": pl.String,
            **{f"p{share}_date": pl.Date for share in SHARES},
            "arrived_count": pl.Int64,
            "estimate_level": pl.String,
            "kept_share": pl.Float64,
        },
    )
    nothing = _("Of this lane nothing can be said: fewer than {few} parcels have arrived.", few=FEW)
    if frame.is_empty():
        return Figure(LEVELS, frame, nothing=nothing)
    zone, is_known = ZoneInfo(destination.time_zone), has_couriers(view.serving)
    chart = arrival_chart(
        [
            (
                view.names.of("courier_id", one.courier_id) if is_known else _("All couriers"),
                one.arrived_count,
                {share: _moment(start, one.hours[share], zone) for share in SHARES},
            )
            for one in found
        ]
    )
    note = _(
        "A parcel whose clock starts with the newest data, {start}: a bar from the day by which half are "
        "there to that of 95 of 100, the mark 90 of 100; {zone}. Under Table how often 90 came true.",
        start=written(start.astimezone(view.zone), "time"),
        zone=destination.time_zone,
    )
    return Figure(LEVELS, frame, (chart,), (note,), also={"kept_share": QUALITY})


def _moment(start: datetime, hours: float | None, zone: ZoneInfo) -> datetime | None:
    return None if hours is None else (start + timedelta(hours=hours)).astimezone(zone)


def _kept_by_courier(view: View) -> dict[str | None, float | None]:
    rows = view.metrics(QUALITY, ["kept_share", "told_count"], ["courier_id"], more=told(view))
    return {row["courier_id"]: row["kept_share"] for row in rows.to_dicts() if row["told_count"] >= FEW}


def kept_by_month(view: View) -> Figure:
    """How often what was told for 90 of 100 came true, beside the lanes' plain quantiles and the promises."""
    every = view.every(QUALITY, told(view))
    names = ["kept_share", "told_count", "mean_told_days"]
    ours = view.judged(QUALITY, names, [every, "told_by"], more=told(view, by=None))
    promised = view.judged(QUALITY, names, [every, "told_by"], more=told(view, "platform", None))
    frame = pl.concat([ours, promised]).filter(pl.col("told_count") >= FEW)
    chart = line_chart(
        Canvas(view, QUALITY, every.grain),
        frame,
        every.column,
        ["kept_share"],
        by="told_by",
        height=SMALL + 60,
    )
    note = _(
        "Told for 90 of 100, as many should be there. Each week was foretold from what was known when it "
        "began. A platform promises without a number."
    )
    return Figure(QUALITY, frame, (chart,), (note,))


def calibration(view: View) -> Figure:
    """For every number that is told, how many came true."""
    names = ["kept_share", "told_count", "mean_told_days", "mean_pinball_days"]
    frame = view.judged(QUALITY, names, ["percentile"], more=told(view, percentile=None))
    frame = frame.with_columns(pl.col("percentile").cast(pl.String))
    chart = bar_chart(Canvas(view, QUALITY), frame, "percentile", "kept_share", count="told_count")
    notes = (_("Told for so many of 100, and how many were there."), who_tells(view))
    return Figure(QUALITY, frame, (chart,), tuple(filter(None, notes)))


def by_courier(view: View) -> Figure:
    """How often what was told of each courier came true, and how far ahead it lay."""
    names = ["kept_share", "told_count", "mean_told_days", "mean_pinball_days"]
    frame = few_last(
        view.judged(QUALITY, names, ["courier_id"], more=told(view)).sort("kept_share", descending=True),
        "told_count",
    )
    chart = bar_chart(Canvas(view, QUALITY), frame, "courier_id", "kept_share", count="told_count")
    return Figure(QUALITY, frame, (chart,), (_("Told for 90 of 100. Under {few} parcels grey.", few=FEW),))


def promises(view: View) -> Figure:
    """What parcels were told while under way, and the platform beside it: who was earlier, who was kept."""
    names = ["promise_kept_share", "earlier_share", "mean_told_days", "waybill_count"]
    counts = ["day_over_count", "compared_count"]
    ours = view.judged(KEPT, [*names, *counts], ["told_by"], more=told(view, by=None))
    theirs = view.judged(KEPT, [*names, *counts], ["told_by"], more=told(view, "platform", None))
    frame = pl.concat([ours, theirs])
    note = _(
        "Told when the parcel was registered, for 90 of 100, and never changed; a revision followed at "
        "pickup. A word is judged when its day is over; a history loaded later was told nothing."
    )
    nothing = _("No parcel under way was told anything in these days.")
    return Figure(KEPT, frame, (), (note,), nothing=nothing)


def _leaving() -> Narrowing:
    hours = range(int(st.session_state["cut_off"]))
    return {"origin_adcode": [st.session_state["from"]], "hour_of_day": [str(hour) for hour in hours]}


def reach(view: View) -> Figure:
    """Where parcels of the chosen city, paid before the cut-off, are there the same or the next day."""
    name = st.session_state["by_when"]
    names = [name, "waybill_count"]
    frame = view.judged(REACH, names, ["destination_province_id"], more=_leaving())
    frame = few_last(frame.sort(name, descending=True, nulls_last=True), "waybill_count")
    canvas = Canvas(view, REACH)
    chart = (
        province_map(canvas, frame, "destination_province_id", name, "waybill_count")
        if view.is_sold_from_china
        else bar_chart(canvas, frame.head(20), "destination_province_id", name, count="waybill_count")
    )
    note = _("Of the last 90 days. Provinces under {few} parcels are grey.", few=FEW)
    if view.is_sold_from_china:
        note = _(
            "Of the last 90 days. Under {few} parcels a province is not coloured. Outlines are illustrative.",
            few=FEW,
        )
    return Figure(REACH, frame, (chart,), (note,), nothing=_("No parcel left there so early in the day."))


def reach_by_courier(view: View) -> Figure:
    """The same by courier, over all provinces."""
    name = st.session_state["by_when"]
    frame = view.judged(REACH, [name, "waybill_count"], ["courier_id"], more=_leaving())
    frame = few_last(frame.sort(name, descending=True, nulls_last=True), "waybill_count")
    chart = bar_chart(Canvas(view, REACH), frame, "courier_id", name, count="waybill_count")
    nothing = _("No parcel left there so early in the day.")
    return Figure(
        REACH,
        frame,
        (chart,),
        (_("Couriers under {few} parcels are grey and last.", few=FEW),),
        nothing=nothing,
    )


def choose_reach(view: View) -> bool:
    """Draw the choices of city, cut-off and day; tell whether there is a city to choose."""
    busiest = view.serving.metrics(REACH, ["waybill_count"], ["origin_adcode"]).sort(
        "waybill_count", descending=True
    )
    cities = busiest["origin_adcode"].head(_CITIES_MAX).to_list()
    if not cities:
        return False
    city, cut_off = st.columns(2)
    with city:
        pick_one(_("From"), {one: view.names.of("origin_adcode", one) for one in cities}, "from")
    with cut_off:
        pick_one(_("Paid before"), {str(hour): f"{hour}:00" for hour in CUT_OFFS}, "cut_off", default="16")
    pick(_("There"), {"next_day_share": _("by the next day"), "same_day_share": _("the same day")}, "by_when")
    return True


def show(view: View) -> None:
    """Draw the page."""
    pick(_("Clock starts"), {"payment": _("at payment"), "pickup": _("at pickup")}, "since")
    if is_said_empty(view, QUALITY):
        return
    view.serving.dictionary.column(
        LEVELS, NEWEST_COLUMN
    )  # else it is said that an older waymart published it
    show_finding(finding(view))
    show_tiles(
        view,
        [
            Tile(QUALITY, "kept_share", "more", told(view)),
            Tile(QUALITY, "mean_told_days", "less", told(view)),
            Tile(QUALITY, "told_share", "more", told(view)),
        ],
    )
    choose_lane(view)
    show_figure(view, _("By which day"), by_which_day)
    couriers = {_("Couriers side by side"): by_courier} if has_couriers(view.serving) else {}
    show_beside(view, {_("Kept by month"): kept_by_month}, {**couriers, _("Told and kept"): calibration})
    if view.serving.dictionary.has(KEPT, "column", "day_over_count"):
        show_figure(view, _("What parcels were told, and kept"), promises)
    if choose_reach(view):
        carried = {_("By which courier"): reach_by_courier} if couriers else {}
        show_beside(view, {_("Where it is there"): reach}, carried)


show(current_view())
