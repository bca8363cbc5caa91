"""What would the same parcels cost, what was billed, and what is due for lost and damaged parcels?"""

import polars as pl
import streamlit as st

from dashboards.charts.bars import bar_chart, few_last
from dashboards.charts.canvas import SMALL, Canvas
from dashboards.charts.over_time import line_chart
from dashboards.choice.few import FEW
from dashboards.choice.view import View, current_view
from dashboards.languages.messages import _
from dashboards.languages.writing import written, written_period
from dashboards.parts.courier_choice import show_choice
from dashboards.parts.figure import Figure, is_said_empty, show_beside, show_figure
from dashboards.parts.finding import missing, show_finding
from dashboards.parts.tiles import Tile, show_tiles

BILLS = "mart_billing_differences"
CLAIMS = "mart_claims"
OVER = "overcharged_amount"
BILLED = [OVER, "overcharged_count", "overcharged_share", "undercharged_amount", "undercharged_count"]
UNPRICED = ["no_card_count", "no_band_count", "overlapping_bands_count", "no_weight_count"]
DUE = ["due_count", "unclaimed_count", "claim_count", "due_amount"]
ASKED = ["claimed_amount", "claim_paid_amount", "open_claim_amount"]


def finding(view: View) -> str:
    """Return what was billed above and below the cards."""
    names = ["card_compared_count", *BILLED]
    row = view.judged(BILLS, names).row(0, named=True)
    if (row["card_compared_count"] or 0) < FEW:
        return missing(view, _("fewer than {few} bills could be compared with a rate card.", few=FEW))
    return _(
        "{period}: of {count} bills compared with their rate cards, {share} were too high, by {over} in all; "
        "others were too low, by {under}.",
        period=written_period(view.shown(BILLS)),
        count=written(row["card_compared_count"], "count"),
        share=written(row["overcharged_share"], "share"),
        over=written(row[OVER], "money", view.currency),
        under=written(row["undercharged_amount"], "money", view.currency),
    )


def billed(view: View) -> Figure:
    """What each courier billed above its cards."""
    frame = view.judged(BILLS, [*BILLED, "card_compared_count", "waybill_count"], ["courier_id"])
    frame = few_last(frame.sort(OVER, descending=True), "card_compared_count")
    chart = bar_chart(Canvas(view, BILLS), frame, "courier_id", OVER, count="card_compared_count")
    note = _("Couriers of which a rate card is known. The parcels behind it are in each shop's files.")
    return Figure(BILLS, frame, (chart,), (note,))


def over_time(view: View) -> Figure:
    """How often a bill was too high, by month."""
    every = view.every(BILLS)
    frame = view.judged(BILLS, ["overcharged_share", OVER, "card_compared_count"], [every])
    chart = line_chart(
        Canvas(view, BILLS, every.grain), frame, "month_date", ["overcharged_share"], zero=True, height=SMALL
    )
    return Figure(BILLS, frame, (chart,))


def unpriced(view: View) -> Figure:
    """Why parcels have no price by a card."""
    frame = view.judged(BILLS, [*UNPRICED, "card_priced_share", "waybill_count"], ["courier_id"])
    frame = frame.filter(pl.sum_horizontal(UNPRICED) > 0).sort("card_priced_share")
    nothing = _("Every parcel has one price by a card.")
    return Figure(
        BILLS, frame, notes=(_("Nothing is guessed: without one price there is none."),), nothing=nothing
    )


def claims(view: View) -> Figure:
    """What each courier lost or damaged, and what was asked, paid and is open."""
    frame = view.judged(CLAIMS, [*DUE, *ASKED], ["courier_id"]).sort("due_amount", descending=True)
    note = _(
        "By the month of the parcel. What is due is what consumers paid for it, not what a courier owes."
    )
    nothing = _("No parcel was lost or damaged.")
    return Figure(CLAIMS, frame, notes=(note,), nothing=nothing)


def show_bills(view: View) -> None:
    """Draw what was billed beside the rate cards, where there are any, and the claims."""
    if not view.serving.row_counts.get(BILLS):
        st.caption(_("No rate card is loaded: what was billed cannot be compared with one."))
        return
    if is_said_empty(view, BILLS):
        return
    show_finding(finding(view))
    show_tiles(
        view,
        [
            Tile(BILLS, OVER, "less"),
            Tile(BILLS, "overcharged_share", "less"),
            Tile(BILLS, "card_priced_share", "more"),
            Tile(CLAIMS, "unclaimed_count", "less"),
            Tile(CLAIMS, "open_claim_amount"),
        ],
    )
    show_figure(view, _("Billed above the rate cards"), billed)
    show_beside(view, {_("Bills that were too high"): over_time}, {_("Parcels without a price"): unpriced})
    show_figure(view, _("Claims for lost and damaged parcels"), claims)


def show(view: View) -> None:
    """Draw the page."""
    show_choice(view)
    show_bills(view)


show(current_view())
