"""Which courier should carry it: the frontier of a lane, what is recommended, and what that saves."""

from typing import Any

import polars as pl
import streamlit as st

from dashboards.charts.bars import bar_chart
from dashboards.charts.canvas import Canvas
from dashboards.charts.frontier import frontier_chart
from dashboards.choice.few import FEW
from dashboards.choice.pick import pick_one
from dashboards.choice.view import View
from dashboards.languages.messages import N_, _
from dashboards.languages.writing import written, written_day
from dashboards.parts.figure import Figure, show_beside, show_figure
from dashboards.parts.finding import show_finding
from serving.access import Grant
from serving.choice import (
    CHOICES,
    FRONTIER,
    OFFERS,
    SAVINGS,
    Lane,
    card_offers,
    frontier,
    has_choices,
    lanes,
    own_recommendations,
    reasons,
    saving_of,
)
from serving.choice import recommendations as recommended
from serving.choice import savings as saved

#: Lanes to choose from, those of most parcels.
_LANES_MAX = 40
_SAVED = [
    *("saving_state", "moved_volume_limit", "judged_parcel_count", "moved_parcel_count", "saved_share"),
    *("saved_share_low", "saved_share_high", "saved_amount", "saved_low", "saved_high"),
    *("weighted_saved_amount", "weighted_saved_low", "weighted_saved_high", "self_normalised_saved_amount"),
    *("self_normalised_saved_low", "self_normalised_saved_high", "means_saved_amount"),
    *("effective_parcel_count", "unknown_parcel_count", "in_time_change_share", "rounding_loss_amount"),
    *("judged_cost_amount", "moved_volume_share", "first_judged_date", "last_judged_date"),
]


def _called(view: View, lane: Lane) -> str:
    if lane.level == "market":
        return _("Everywhere")
    to = view.names.of("destination_province_id", lane.destination_province_id)
    if lane.level == "destination":
        return _("Anywhere → {province}", province=to)
    return f"{view.names.of('origin_province_id', lane.origin_province_id)} → {to}"


def choose_lane(view: View) -> Lane | None:
    """Draw the choices of lane and band of weight; return the lane, or None where no two can be compared."""
    known = lanes(view.serving, view.currency)[:_LANES_MAX]
    if not known:
        return None
    options = {
        f"{lane.origin_province_id or ''}>{lane.destination_province_id or ''}": lane for lane in known
    }
    left, right = st.columns(2)
    with left:
        pick_one(_("Lane"), {key: _called(view, lane) for key, lane in options.items()}, "frontier_lane")
    lane = options.get(st.session_state.get("frontier_lane", ""), known[0])
    bands = frontier(view.serving, lane, view.currency)["weight_band"].unique(maintain_order=True)
    with right:
        pick_one(_("Weight"), {band: f"{band} kg" for band in bands}, "frontier_band")
    return lane


def compared(view: View, lane: Lane) -> Figure:
    """The couriers of the lane and band."""
    frame = frontier(view.serving, lane, view.currency)
    frame = frame.filter(pl.col("weight_band") == st.session_state.get("frontier_band")).drop("weight_band")
    note = _(
        "Parcels registered 10 to 100 days before the newest data; lines are 95% intervals. A ring is a "
        "courier beaten in both by another. Couriers under {few} parcels are left out. They carry other "
        "parcels: what the same ones would cost stands below. Of the filters the currency alone narrows "
        "this.",
        few=FEW,
    )
    nothing = _("Of this lane no two couriers can be compared.")
    chart = frontier_chart(Canvas(view, FRONTIER), frame) if len(frame) else None
    return Figure(FRONTIER, frame, (chart,) if chart else (), (note,), nothing=nothing)


def cards(view: View, lane: Lane) -> Figure:
    """What the rate cards ask for the same parcels of the lane and band."""
    frame = card_offers(view.serving, lane, st.session_state.get("frontier_band", ""), view.currency)
    note = _(
        "What today's cards ask for parcels of the last 100 days that two couriers or more have a card for, "
        "a shop's own card first. The lowest is that of the parcels that this courier could carry."
    )
    nothing = _("The rate cards of no two couriers price the same parcels here.")
    chart = (
        bar_chart(Canvas(view, OFFERS), frame, "courier_id", "mean_offer", count="offered_parcel_count")
        if len(frame)
        else None
    )
    return Figure(OFFERS, frame, (chart,) if chart else (), (note,), nothing=nothing)


def saving_finding(view: View) -> str | None:
    """Return what can be claimed of the market, or None where nothing was judged."""
    rows = saved(view.serving, view.currency)
    if rows.is_empty() or rows["judged_parcel_count"][0] < FEW:
        return None
    return _said(
        view,
        rows.row(0, named=True),
        N_(
            "Of {count} parcels of {first} to {last}, {moved} could have gone with a cheaper courier in "
            "time without moving more than 5% of any courier's volume: {share} of all their cost ({low} to "
            "{high})."
        ),
    )


def saving_of_shop(view: View, grant: Grant, merchant_id: str) -> str | None:
    """Return what a shop alone would have saved, or None where that was not judged."""
    rows = saving_of(view.serving, grant, merchant_id).filter(currency=view.currency)
    if rows.is_empty():
        return None
    return _said(
        view,
        rows.row(0, named=True),
        N_(
            "Of {count} parcels of {first} to {last}, {moved} could have gone with a cheaper courier that "
            "this shop may use, at most two in a thousand more of them late: {amount} less, {share} of their "
            "cost ({low} to {high})."
        ),
    )


def show_saving_of_shop(view: View, grant: Grant, merchant_id: str) -> None:
    """Draw what other couriers would have saved a shop, and where its own rate cards say so."""
    if not has_choices(view.serving):
        return
    frame = own_recommendations(view.serving, grant, merchant_id, view.currency)
    said = saving_of_shop(view, grant, merchant_id)
    if frame.is_empty() and not said:
        return
    st.subheader(_("What other couriers would have saved"), anchor=False)
    if said:
        st.write(said.replace("$", chr(92) + "$"))
    note = _(
        "Of parcels of the 90 days before the last Monday: the cheapest courier of those that arrive by "
        "the promise nine times in ten, at the price of this shop's rate card or of the courier's list. "
        "Where a price would be learnt from the bills of other shops, nothing is listed."
    )
    nothing = _("No rate card says that another courier is cheaper and in time.")
    figure = Figure(CHOICES, frame, notes=(note,), nothing=nothing)
    show_figure(view, _("Where rate cards say so"), lambda view: figure)


def _said(view: View, row: dict[str, Any], words: str) -> str:
    """Return the words with the numbers of a row of `mart_saving`, or that it cannot be said."""
    if row["saved_share"] is None or not row["moved_parcel_count"]:
        return _("Whether other couriers would have been cheaper cannot be said: too little is known.")
    return _(
        words,
        count=written(row["judged_parcel_count"], "count"),
        first=written_day(row["first_judged_date"], "day"),
        last=written_day(row["last_judged_date"], "day"),
        moved=written(row["moved_parcel_count"], "count"),
        amount=written(row["saved_amount"], "money", view.currency),
        share=written(row["saved_share"], "share"),
        low=written(row["saved_share_low"], "share"),
        high=written(row["saved_share_high"], "share"),
    )


def savings(view: View) -> Figure:
    """What would have been saved: what can be claimed, and the scenario of all."""
    frame = saved(view.serving, view.currency).select(_SAVED)
    note = _(
        "Couriers chosen from what was known before these parcels were sent. Three estimates, each with its "
        "95% interval; the first is the one that is told. A difference of means is no saving: couriers carry "
        "other parcels. Moving more than 5% changes the times themselves, so that is a scenario."
    )
    nothing = _("No thirty days of parcels can be judged yet.")
    return Figure(SAVINGS, frame, notes=(note,), nothing=nothing)


def recommendations(view: View) -> Figure:
    """Where parcels should go with another courier, and why."""
    frame = recommended(view.serving, view.currency)
    note = _(
        "By merchant, lane and band of weight, those that save most first. In time is the probability to "
        "arrive by the promise. A price error of 0 is a rate card's price."
    )
    nothing = _("No parcel should go with another courier.")
    return Figure(CHOICES, frame, notes=(note,), nothing=nothing)


def why(view: View) -> Figure:
    """How many parcels are recommended what, and why."""
    frame = reasons(view.serving, view.currency)
    return Figure(CHOICES, frame, notes=(_("Of parcels of the 90 days before the last Monday."),))


def show_choice(view: View) -> None:
    """Draw the frontier and, where couriers are chosen, the saving and what is recommended."""
    can_choose = has_choices(view.serving)
    if can_choose and (said := saving_finding(view)):
        show_finding(said)
    lane = choose_lane(view)
    if lane is not None:
        show_figure(view, _("Cost and time of couriers"), lambda view: compared(view, lane))
        show_figure(view, _("Rate cards for the same parcels"), lambda view: cards(view, lane))
    if can_choose:
        show_figure(view, _("Where another courier should carry it"), recommendations)
        show_beside(view, {_("What choosing would have saved"): savings}, {_("Why"): why})
