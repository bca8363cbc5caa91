"""What accounts were won with, and how many of them came back: an association, month by month."""

from dashboards.charts.canvas import SMALL, Canvas
from dashboards.charts.over_time import line_chart
from dashboards.choice.few import FEW
from dashboards.choice.view import View
from dashboards.languages.messages import _
from dashboards.languages.writing import written
from dashboards.parts.figure import Figure
from serving.intervals import difference_interval

WON = "mart_first_orders"
NAMES = [
    *("won_back_within_60d_share", "won_back_within_90d_share", "won_retained_share"),
    *("won_consumer_count", "subsidy_per_won_consumer"),
]
#: What those won with a subsidy are judged by.
JUDGED = "won_back_within_60d_share"


def won_by_subsidy(view: View) -> Figure:
    """How many of the accounts won with and without a subsidy ordered again within 60 days."""
    frame = view.judged(WON, NAMES, [view.every(WON), "first_order_subsidy"], period=view.loaded)
    known = frame.drop_nulls(JUDGED)
    if known.is_empty():
        return Figure(WON, frame.clear(), nothing=_("No month's first orders are 60 days old yet."))
    canvas = Canvas(view, WON, "month")
    chart = line_chart(
        canvas, known, "month_date", [JUDGED], by="first_order_subsidy", zero=True, height=SMALL + 40
    )
    notes = (
        *_compared(view),
        _("By the month of the first order, where it was paid; months under 60 days old are left out."),
        _("In the first 365 loaded days some accounts had ordered before, unseen."),
    )
    return Figure(WON, frame, (chart,), notes, grain="month")


def subsidy_spent(view: View) -> Figure:
    """What the platform added per account won with a subsidy, by tier."""
    names = ["subsidy_per_won_consumer", JUDGED, "won_retained_share", "won_consumer_count"]
    more = {"first_order_subsidy": ["subsidised"]}
    frame = view.judged(WON, names, ["tier_fixed", "channel"], more=more)
    note = _("What was added, no price of an account: many would have come without it.")
    nothing = _("No first order of the period had a subsidy.")
    return Figure(WON, frame, notes=(note,), nothing=nothing)


def _compared(view: View) -> list[str]:
    """Say by how much those won with a subsidy come back more or less, and how sure that is."""
    frame = view.judged(
        WON, [JUDGED, "subsidy_per_won_consumer"], ["first_order_subsidy"], period=view.loaded
    )
    rows = {row["first_order_subsidy"]: row for row in frame.iter_rows(named=True)}
    sides = [rows.get(name) for name in ("subsidised", "not_subsidised")]
    if any(side is None or (side[f"{JUDGED}_of"] or 0) < FEW for side in sides):
        return []
    wholes = [int(side[f"{JUDGED}_of"]) for side in sides if side]
    counts = [(side[JUDGED] * whole, whole) for side, whole in zip(sides, wholes, strict=True) if side]
    difference, low, high = difference_interval(*counts[0], *counts[1])
    return [
        _(
            "Accounts won with a subsidy, {spent} each, go with a 60-day repeat share {difference} apart "
            "from that of the others (95%: {low} to {high}), an association that proves no cause.",
            spent=written(rows["subsidised"]["subsidy_per_won_consumer"], "money", view.currency),
            difference=written(difference, "points"),
            low=written(low, "points"),
            high=written(high, "points"),
        )
    ]
