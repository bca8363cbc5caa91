"""Who carries what, how well, and is it fair to compare?"""

import polars as pl
import streamlit as st

from dashboards.charts.bars import bar_chart, few_last, interval_chart
from dashboards.charts.canvas import SMALL, Canvas
from dashboards.charts.over_time import line_chart, share_chart
from dashboards.charts.shifts import change_chart
from dashboards.choice.chosen import CARRIED, NotNarrowedError
from dashboards.choice.few import FEW
from dashboards.choice.pick import pick
from dashboards.choice.view import View, current_view
from dashboards.languages.messages import _
from dashboards.languages.writing import listed, written, written_period
from dashboards.parts.figure import Figure, is_said_empty, show_beside, show_figure
from dashboards.parts.finding import compared, missing, show_finding, where
from dashboards.parts.tiles import Tile, show_tiles
from serving.published import Every

PARCELS = "mart_delivery_time"
PICKED_UP = {"date_basis": ["picked_up"]}
#: Returns and replacements are parcels, too, but no sale asked for them.
SALES = {"purpose": ["sale"]}
SCORECARD = "mart_courier_scorecard"
EXCEPTIONS = "mart_exceptions"
LATENCY = "mart_tracking_latency"
CHANGES = "mart_courier_changes"
MERCHANTS = "mart_merchant_couriers"
LANES = "mart_courier_lanes"
COMPARED = {
    "end_to_end": "end_to_end",
    "within_72h": "within_72h",
    "on_time": "on_time",
    "first_attempt": "first_attempt_success",
    "exceptions": "exception",
}
SHOWN = {"parcels": "waybill_count", "gmv": "gmv_paid"}
SPEED = ["median_end_to_end_hours", "p90_end_to_end_hours", "within_72h_share", "on_time_share"]
QUALITY = ["first_attempt_success_share", "exception_share", "return_share"]


def finding(view: View) -> str:
    """Return who carries the most, and how that moved."""
    now = view.shares(CARRIED, "waybill_count", ["courier_id"], more=SALES)
    if now["waybill_count"].sum() < FEW:
        return missing(view, _("fewer than {few} parcels were picked up, too few to state a share.", few=FEW))
    chosen = view.filters.courier
    of = now.filter(pl.col("courier_id").is_in(chosen)) if chosen else now
    if of.is_empty():
        return missing(view, _("none of the chosen couriers picked up a parcel."))
    first = of.sort("waybill_count", descending=True).row(0, named=True)
    before, against = None, view.compared(CARRIED)
    if against:
        then = view.shares(CARRIED, "waybill_count", ["courier_id"], period=against, more=SALES)
        before = dict(then.select("courier_id", "share").rows()).get(first["courier_id"])
    return _(
        "{period}: {courier} carried {share} of parcels{where}{change}.",
        period=written_period(view.shown(CARRIED)),
        courier=view.names.of("courier_id", first["courier_id"]),
        share=written(first["share"], "share"),
        where=where(view.without_filters_on(CARRIED, "courier_id")),
        change=compared(against, first["share"], before, "share"),
    )


def whole() -> str:
    """Return why a filter of couriers changes nothing in a figure."""
    return _("The courier filter does not narrow it: a share is of the whole.")


def over_time(view: View) -> Figure:
    """Each courier's share of the whole, the chosen ones in colour."""
    name = SHOWN[st.session_state["of"]]
    every = view.every(CARRIED)
    frame = view.shares(CARRIED, name, [every, "courier_id"], ["calendar_date"], more=SALES)
    frame = frame.filter(pl.col(name) > 0)
    totals = frame.group_by("courier_id").agg(pl.col(name).sum()).sort(name, descending=True)
    order = totals["courier_id"].to_list()
    canvas = Canvas(view, CARRIED, every.grain)
    return Figure(
        CARRIED, frame, (share_chart(canvas, frame, "calendar_date", "share", "courier_id", order),)
    )


def systems(view: View) -> Figure:
    """Whose label the parcels carry: apart from who carries them."""
    every = view.every(CARRIED)
    by: list[str | Every] = [every, "waybill_system"]
    frame = view.shares(CARRIED, "waybill_count", by, ["calendar_date"], more=SALES)
    frame = frame.filter(pl.col("waybill_count") > 0)
    canvas = Canvas(view, CARRIED, every.grain)
    chart = line_chart(
        canvas, frame, "calendar_date", ["share"], by="waybill_system", zero=True, height=SMALL
    )
    return Figure(CARRIED, frame, (chart,), (whole(),) if view.filters.courier else ())


def concentration(view: View) -> Figure:
    """The Herfindahl–Hirschman index over time."""
    every = view.every(CARRIED)
    every_courier = view.without_filters_on(CARRIED, "courier_id")
    frame = every_courier.metrics(CARRIED, ["hhi", "waybill_count"], [every], more=SALES)
    chart = line_chart(Canvas(view, CARRIED, every.grain), frame, "calendar_date", ["hhi"], height=SMALL)
    return Figure(CARRIED, frame, (chart,), (whole(),) if view.filters.courier else ())


def cost(view: View) -> Figure:
    """What a parcel costs with each courier."""
    names = ["freight_cost_per_waybill", "waybill_count"]
    frame = view.judged(CARRIED, names, ["courier_id"], more=SALES)
    frame = few_last(frame.sort("freight_cost_per_waybill"), "waybill_count")
    chart = bar_chart(
        Canvas(view, CARRIED), frame, "courier_id", "freight_cost_per_waybill", count="waybill_count"
    )
    return Figure(CARRIED, frame, (chart,), (_("Not like for like: weights and lanes differ."),))


def speed(view: View) -> Figure:
    """Volume, share and speed per courier, raw."""
    return _scorecard(view, SPEED)


def quality(view: View) -> Figure:
    """Volume, share and what went well and wrong per courier, raw."""
    return _scorecard(view, QUALITY)


def _scorecard(view: View, names: list[str]) -> Figure:
    shares = view.shares(PARCELS, "waybill_count", ["courier_id"], more=PICKED_UP).select(
        "courier_id", "share"
    )
    scores = view.judged(PARCELS, ["waybill_count", *names], ["courier_id"], more=PICKED_UP).join(
        shares, on="courier_id"
    )
    ordered = few_last(scores.sort("waybill_count", descending=True), "waybill_count")
    return Figure(
        PARCELS,
        ordered.select("courier_id", "share", pl.exclude("courier_id", "share")),
        notes=(
            _("Raw, not like for like: couriers carry different lanes, so a slower one need not be worse."),
            _("Couriers under {few} parcels stand last and are not ranked.", few=FEW),
        ),
    )


def like_for_like(view: View) -> Figure:
    """Each courier on the lanes that it shares with others, beside its raw number."""
    measure = COMPARED[st.session_state["measure"]]
    platforms = view.filters.platform
    if len(platforms) > 1:
        raise NotNarrowedError("platform")
    name, raw, rank = (f"{kind}_{measure}" for kind in ("like_for_like", "raw", "like_for_like_rank"))
    ends = (f"like_for_like_lower_{measure}", f"like_for_like_upper_{measure}")
    market = View(view.serving, view.filters.without("platform").without("courier"))
    month = view.period.whole("month").months().last_months(1)
    more = {"platform_group": [*platforms] or ["all"], "window_months": ["3"]}
    frame = market.metrics(SCORECARD, [rank, name, *ends, raw], ["courier_id"], month, more)
    frame = frame.drop_nulls(name).sort(rank, nulls_last=True)
    if frame.is_empty():
        return Figure(SCORECARD, frame, nothing=_("No courier shared enough lanes with others."))
    chart = interval_chart(Canvas(view, SCORECARD), frame, "courier_id", name, ends, raw)
    note = _(
        "The three months to {month}. Dot and whisker: like for like with its 95% interval, each courier on "
        "the lanes it shares with others; hollow: its raw number.",
        month=written_period(month),
    )
    return Figure(SCORECARD, frame, (chart,), (note,))


def exceptions(view: View) -> Figure:
    """What went wrong first, and on whose side."""
    by = ["reason", "side_at_fault"]
    frame = view.metrics(EXCEPTIONS, ["exception_waybill_count"], by)
    frame = frame.filter(pl.col("exception_waybill_count") > 0)
    return Figure(EXCEPTIONS, frame.sort("exception_waybill_count", descending=True))


def latency(view: View) -> Figure:
    """How long after a scan it was known."""
    names = ["median_tracking_latency_hours", "p90_tracking_latency_hours"]
    every = view.every(LATENCY)
    frame = view.judged(LATENCY, names, [every]).drop_nulls(names[0])
    if frame.is_empty():
        return Figure(LATENCY, frame, nothing=_("No feed here states when a scan was received."))
    chart = line_chart(Canvas(view, LATENCY, every.grain), frame, "calendar_date", names, height=SMALL)
    return Figure(LATENCY, frame, (chart,))


def ranks(view: View) -> Figure:
    """Each courier's rank and share in the last month, against the month and the year before."""
    names = ["waybill_rank", "waybill_rank_change_month"]
    return _moved(view, [*names, "waybill_share_change_month", "waybill_share_change_year"])


def growth(view: View) -> Figure:
    """How many more parcels each courier carried in the last month than in the month and the year before."""
    return _moved(view, ["waybill_rank", "waybill_count", "waybill_growth_month", "waybill_growth_year"])


def _moved(view: View, names: list[str]) -> Figure:
    month = view.period.whole("month").months().last_months(1)
    every_courier = view.without_filters_on(CHANGES, "courier_id")
    frame = every_courier.judged(CHANGES, names, ["courier_id"], month).sort("waybill_rank", nulls_last=True)
    note = _(
        "{month}; parcels of every purpose, so returns and replacements too.", month=written_period(month)
    )
    return Figure(CHANGES, frame, notes=(note, whole()) if view.filters.courier else (note,))


def merchants_won_and_lost(view: View) -> Figure:
    """With which merchants a courier carries more and fewer parcels than before."""
    return _won_and_lost(view, MERCHANTS, "merchant_id")


def places_won_and_lost(view: View) -> Figure:
    """To which provinces a courier carries more and fewer parcels than before."""
    return _won_and_lost(view, LANES, "destination_province_id")


def _won_and_lost(view: View, table: str, by: str) -> Figure:
    before = view.compared(table)
    of = view
    if not view.filters.courier:
        counts = view.metrics(table, ["waybill_count"], ["courier_id"]).drop_nulls("courier_id")
        first = counts.sort("waybill_count", descending=True)["courier_id"].head(1).to_list()
        of = View(view.serving, view.filters.changed("courier", first))
    couriers = listed([view.names.of("courier_id", one) for one in of.filters.courier])
    if before is None:
        frame = of.metrics(table, ["waybill_count"], [by])
        note = _("{couriers}. The period compared with is not loaded whole.", couriers=couriers)
        return Figure(table, frame, notes=(note,))
    frame = of.changes(table, "waybill_count", by, before)
    chart = change_chart(Canvas(of, table), frame, by, "waybill_count")
    note = _(
        "{couriers}, parcels of every purpose, {period} against {before}.",
        couriers=couriers,
        period=written_period(view.shown(table)),
        before=written_period(before),
    )
    return Figure(table, frame, (chart,), (note,))


def show(view: View) -> None:
    """Draw the page."""
    if is_said_empty(view, CARRIED):
        return
    show_finding(finding(view))
    show_tiles(
        view,
        [
            Tile(CARRIED, "waybill_count", "more", SALES),
            Tile(CARRIED, "freight_cost_per_waybill", "less", SALES),
            Tile(PARCELS, "within_72h_share", "more", {**PICKED_UP, **view.at_home(PARCELS)}),
            Tile(PARCELS, "on_time_share", "more", PICKED_UP),
            Tile(PARCELS, "first_attempt_success_share", "more", PICKED_UP),
        ],
    )
    pick(_("Share of"), {"parcels": _("Parcels"), "gmv": _("Paid GMV")}, "of")
    show_figure(view, _("Share over time by courier"), over_time)
    show_beside(
        view,
        {_("Waybill system"): systems},
        {_("Concentration"): concentration},
        {_("Cost per parcel"): cost},
    )
    measures = {
        "end_to_end": _("End to end"),
        "within_72h": _("Within 72 h"),
        "on_time": _("On time"),
        "first_attempt": _("First attempt"),
        "exceptions": _("Exceptions"),
    }
    pick(_("Compare by"), measures, "measure")
    show_figure(view, _("Like for like"), like_for_like)
    show_beside(view, {_("Ranks"): ranks, _("Growth"): growth})
    show_beside(
        view,
        {_("Merchants won and lost"): merchants_won_and_lost, _("Provinces"): places_won_and_lost},
        {_("What went wrong"): exceptions, _("Tracking latency"): latency},
    )
    show_beside(view, {_("Scorecard: speed"): speed, _("Scorecard: quality"): quality})


show(current_view())
