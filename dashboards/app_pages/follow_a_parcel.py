"""Where is a parcel, and is that normal?"""

from datetime import timedelta
from functools import partial

import polars as pl
import streamlit as st

from dashboards.charts.canvas import Canvas
from dashboards.charts.journey import Span, journey_chart, span_chart
from dashboards.choice.view import View, current_view
from dashboards.languages.messages import _
from dashboards.languages.writing import written, written_period
from dashboards.parts.figure import Figure, show_beside, show_figure
from dashboards.parts.finding import show_finding
from dashboards.parts.live import show_live
from dashboards.parts.own_estimates import own_expected
from dashboards.reader import current_grant
from serving.access import Grant
from serving.estimates import estimate_of, has_estimates
from serving.estimates_given import given, promised_day
from serving.parcels import (
    STAGES,
    WHOLE,
    Parcel,
    Usual,
    beside,
    find_parcels,
    find_scanned,
    scanned_since,
    usual,
)

PARCELS = "extract_waybills"
SCANS = "extract_scans"
GIVEN = "estimates_given"
SCANNED = ["occurred_at", "milestone", "adcode", "event_text", "reason", "event_code", "received_at"]
_HOURS = ["own_hours", "p10_stage_hours", "median_stage_hours", "p90_stage_hours"]
FACTS = [
    *(
        "waybill_status",
        "courier_id",
        "merchant_id",
        "origin_province_id",
        "destination_adcode",
        "order_numbers",
    ),
    *("promised_ship_at", "promised_delivery_at", "weight_grams", "freight_cost_amount"),
]


def hours_of(view: View, parcel: Parcel) -> dict[str, tuple[float, bool]]:
    """Return each stage's hours so far, and the whole way's, with whether it has ended."""
    hours = {stage: (taken, True) for stage in (*STAGES, WHOLE) if (taken := parcel.hours(stage)) is not None}
    begun, as_of = parcel.stage_begun_at(), view.as_of
    if begun and as_of:
        hours[begun[0]] = ((as_of - begun[1]) / timedelta(hours=1), False)
    if parcel.row["picked_up_at"] and as_of and WHOLE not in hours and not parcel.is_ended:
        hours[WHOLE] = ((as_of - parcel.row["picked_up_at"]) / timedelta(hours=1), False)
    return hours


def finding(view: View, parcel: Parcel, normal: Usual | None) -> str:
    """Return where the parcel is, since when, and how that compares with others of its lane."""
    number, courier = parcel.row["waybill_number"], view.names.of("courier_id", parcel.row["courier_id"])
    status = view.names.in_sentence("waybill_status", parcel.row["waybill_status"])
    last = parcel.row["last_event_at"]
    since = ""
    if last is not None:
        when = written(last.astimezone(view.zone), "time")
        since = _(", last seen on {time}", time=when)
    said = _(
        "{courier} {number}: {status}{since}.", courier=courier, number=number, status=status, since=since
    )
    return f"{said} {_compared(view, parcel, normal)}".strip()


def _compared(view: View, parcel: Parcel, normal: Usual | None) -> str:
    hours = hours_of(view, parcel).get(WHOLE)
    if hours is None:
        return ""
    taken = written(hours[0], "hours")
    if normal is None and hours[1]:
        return _("{hours} from pickup to hand-over; what is usual on its lane cannot be said.", hours=taken)
    if normal is None:
        return _("{hours} since pickup; what is usual on its lane cannot be said.", hours=taken)
    span = normal.spans.row(by_predicate=pl.col("stage") == WHOLE, named=True)
    p10, p90 = span["p10_hours"], span["p90_hours"]
    parts = {
        "hours": taken,
        "like": _like(normal),
        "low": written(p10, "hours"),
        "high": written(p90, "hours"),
    }
    is_slow = p90 is not None and hours[0] > p90
    if not hours[1]:
        if is_slow:
            return _("{hours} since pickup: nine of ten {like} take {high} or less.", **parts)
        return _("{hours} since pickup; eight of ten {like} take {low} to {high}.", **parts)
    if is_slow:
        return _("{hours} from pickup to hand-over: slower than nine of ten {like}.", **parts)
    if p10 is not None and hours[0] < p10:
        return _("{hours} from pickup to hand-over: faster than nine of ten {like}.", **parts)
    return _("{hours} from pickup to hand-over, as usual: eight of ten {like} take {low} to {high}.", **parts)


def _like(normal: Usual) -> str:
    return _("on its lane") if normal.is_of_lane else _("between its two regions")


def expected(view: View, parcel: Parcel) -> str:
    """Return by which day parcels like it are there, while it is under way."""
    if parcel.is_ended or parcel.row["first_attempt_at"] or not has_estimates(view.serving):
        return ""
    told = estimate_of(view.serving, parcel.row)
    if told is None or told.days[50] is None or told.days[90] is None:
        return _("By when it arrives cannot be said: too few parcels like it have arrived.")
    like = {
        "learnt": _("on lanes that go as far"),
        "lane": _("of its courier and lane"),
        "region_pair": _("of its courier between its regions"),
        "courier": _("of its courier"),
        "market": _("of all couriers"),
    }
    return _(
        "Of 100 parcels {like}, 50 are there by {half}, 90 by {most}: so went {count} of the last 90 days.",
        like=like[told.level],
        half=written(told.days[50], "date"),
        most=written(told.days[90], "date"),
        count=written(told.arrived_count, "count"),
    )


def first_told(told: pl.DataFrame) -> str:
    """Return what was told of the parcel first, beside the platform's promise at that time."""
    if told.is_empty():
        return ""
    first = told.row(0, named=True)
    ours, promised = first["p90_date"], promised_day(first)
    if ours is None:
        return ""
    day = written(ours, "date")
    if promised is None:
        return _("First it was told for {day} (90 of 100); the platform had promised no day.", day=day)
    theirs = written(promised, "date")
    if ours < promised:
        return _(
            "First it was told for {day} (90 of 100); the platform promised later, {theirs}.",
            day=day,
            theirs=theirs,
        )
    if ours > promised:
        return _(
            "First it was told for {day} (90 of 100); the platform promised earlier, {theirs}.",
            day=day,
            theirs=theirs,
        )
    return _("First it was told for {day} (90 of 100), as the platform promised.", day=day)


def told_of_it(view: View, told: pl.DataFrame) -> Figure:
    """Its first estimate and revisions, and the platform's promise as it stood then."""
    zone = str(told["time_zone"][0])
    note = _(
        "Days where it arrives, as they were told; nothing of it is changed afterwards. A revision follows "
        "once the courier has it."
    )
    return Figure(
        GIVEN, told.drop("time_zone"), notes=(note,), zones={"promised_delivery_at": zone, "given_at": zone}
    )


def journey(view: View, parcel: Parcel) -> Figure:
    """Its scans in time and place."""
    scans = view.serving.rows(SCANS, SCANNED, {"waybill_id": [parcel.waybill_id]}, order_by="occurred_at")
    scans = scans.sort("occurred_at")
    chart = journey_chart(Canvas(view, SCANS), scans, "occurred_at", "adcode", "milestone")
    return Figure(SCANS, scans, (chart,), nothing=_nothing_scanned(view, scans))


def scans(view: View, parcel: Parcel) -> Figure:
    """Its scans as the courier wrote them, the newest first."""
    rows = view.serving.rows(SCANS, SCANNED, {"waybill_id": [parcel.waybill_id]}, order_by="occurred_at")
    # Most scans have no closer reason: a column of nothing but "not known" says nothing.
    rows = rows.select(column.name for column in rows if column.name != "reason" or column.count())
    return Figure(
        SCANS, rows, (), (_("The courier's own words, people masked."),), nothing=_nothing_scanned(view, rows)
    )


def _nothing_scanned(view: View, scans: pl.DataFrame) -> str | None:
    if len(scans):
        return None
    first = scanned_since(view.serving)
    if first is None:
        return _("No scans are published in this build.")
    day = written(first.astimezone(view.zone).date(), "date")
    return _("It has no scans since {day}; older ones are not published.", day=day)


def stages(view: View, parcel: Parcel, normal: Usual | None) -> Figure:
    """Each stage beside what is usual for it."""
    hours, measures = hours_of(view, parcel), ["p10_hours", "median_hours", "p90_hours"]
    usual_of = (
        {stage: span for stage, *span in normal.spans.select("stage", *measures).rows()} if normal else {}
    )
    shown = [stage for stage in (*STAGES, WHOLE) if stage in hours or stage in usual_of]
    spans = [
        Span(view.names.of("stage", stage), *hours.get(stage, (None, True)), *usual_of.get(stage, [None] * 3))
        for stage in shown
    ]
    frame = pl.DataFrame(
        {
            "stage": shown,
            "own_hours": [span.hours for span in spans],
            "p10_stage_hours": [span.p10_hours for span in spans],
            "median_stage_hours": [span.median_hours for span in spans],
            "p90_stage_hours": [span.p90_hours for span in spans],
        },
        schema_overrides=dict.fromkeys(_HOURS, pl.Float64),
    )
    notes = [_("Filled: ended; hollow: under way so far. The bar holds the middle eight of ten.")]
    if normal:
        count = int(normal.spans["waybill_count"][-1])
        notes.append(
            _(
                "Usual: of {count} parcels {like}, picked up in {months}.",
                count=written(count, "count"),
                like=_like(normal),
                months=written_period(normal.months),
            )
        )
    return Figure("mart_lane_stages", frame, (span_chart(spans),), tuple(notes))


def facts(view: View, parcel: Parcel) -> Figure:
    """What is known of it; the promise by the clocks of where it arrives."""
    known = view.serving.rows("dim_cities", ["time_zone"], {"adcode": [parcel.row["destination_adcode"]]})
    zones = dict.fromkeys(["promised_delivery_at"], known["time_zone"][0]) if len(known) else {}
    return Figure(PARCELS, pl.DataFrame([parcel.row]).select(FACTS), zones=zones)


def others(view: View, parcel: Parcel) -> Figure:
    """The other parcels of its orders."""
    rows = [one.row for one in beside(view.serving, parcel)]
    columns = ["waybill_number", "courier_id", "waybill_status", "last_event_at"]
    frame = pl.DataFrame(rows).select(columns) if rows else pl.DataFrame()
    return Figure(PARCELS, frame, nothing=_("Its orders have no other parcel."))


def show_scanned(view: View, grant: Grant, asked: str) -> None:
    """Draw what scans alone say of a waybill that no shop registered."""
    known = find_scanned(view.serving, grant, asked)
    if grant.sees_market:
        show_live(view, asked)
    if not known:
        st.info(_("No parcel or order of the number {number} is in this build.", number=asked))
        return
    for waybill_id in known:
        parcel = Parcel({"waybill_id": waybill_id})
        show_finding(_("{number}: only scans are known, no shop registered it.", number=waybill_id))
        show_figure(view, _("In time and place"), partial(journey, parcel=parcel))
        show_figure(view, _("Scans"), partial(scans, parcel=parcel))


def show(view: View) -> None:
    """Draw the page."""
    asked = st.text_input(
        _("Waybill or order number"),
        key="waybill",
        bind="query-params",
        placeholder=_("As it stands on the label"),
    )
    if not asked:
        show_finding(_("Type a number to see where a parcel is, and whether that is usual."))
        return
    grant = current_grant()
    found = find_parcels(view.serving, grant, asked)
    if not found:
        show_scanned(view, grant, asked)
        return
    parcel = found[0]
    if len(found) > 1:
        parcel = st.segmented_control(
            _("Parcels"),
            found,
            format_func=lambda one: (
                f"{view.names.of('courier_id', one.row['courier_id'])} {one.row['waybill_number']}"
            ),
            default=found[0],
            required=True,
        )
    view = view.of_merchant(str(parcel.row["merchant_id"]))
    # What is usual is of all merchants' parcels.
    normal = usual(view.serving, parcel) if grant.sees_market else None
    said, told = [finding(view, parcel, normal)], pl.DataFrame()
    if grant.sees_market:
        told = given(view.serving, parcel.waybill_id)
        said += [expected(view, parcel), first_told(told)]
    elif not parcel.is_ended:
        said.append(own_expected(view, grant, parcel.row))
    show_finding(" ".join(filter(None, said)))
    show_live(view, parcel.waybill_id)
    show_figure(view, _("In time and place"), partial(journey, parcel=parcel))
    if len(told):
        show_figure(view, _("What was told of it"), partial(told_of_it, told=told))
    show_beside(
        view,
        {_("Stages beside what is usual"): partial(stages, parcel=parcel, normal=normal)},
        {
            _("Other parcels of its orders"): partial(others, parcel=parcel),
            _("What is known"): partial(facts, parcel=parcel),
        },
    )
    show_figure(view, _("Scans"), partial(scans, parcel=parcel))


show(current_view())
