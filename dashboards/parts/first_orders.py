"""What goes with a second order: how fast and punctual the first one was, and whether it was subsidised."""

import polars as pl

from dashboards.charts.bars import interval_chart
from dashboards.charts.canvas import AnyChart, Canvas
from dashboards.choice.chosen import NotNarrowedError
from dashboards.choice.view import View
from dashboards.languages.messages import _
from dashboards.languages.writing import written
from dashboards.parts.figure import Figure

FIRSTS = "mart_delivery_and_repeat"
DIFFERENCE, ENDS = "repeat_difference", ("repeat_difference_low", "repeat_difference_high")
#: Bands in the order of the bars.
_BANDS = ("up_to_60h", "up_to_96h", "over_96h", "on_time", "late", "not_subsidised", "subsidised")


def by_delivery(view: View) -> Figure:
    """How many came back after a fast, slow, punctual or late first delivery, like for like."""
    frame = _compared(view, ["speed", "punctuality"])
    if frame.is_empty():
        return Figure(FIRSTS, frame, nothing=_nothing())
    slowest = frame.filter(first_order_band="over_96h").drop_nulls(DIFFERENCE)
    notes = [_like_for_like()]
    if not slowest.is_empty():
        row = slowest.row(0, named=True)
        notes.insert(
            0,
            _(
                "First orders that took over 96 h go with a repeat share {difference} apart from that of "
                "those up to 60 h (95%: {low} to {high}), an association that proves no cause.",
                **{
                    name: written(row[column], "points")
                    for name, column in zip(("difference", "low", "high"), (DIFFERENCE, *ENDS), strict=True)
                },
            ),
        )
    return Figure(FIRSTS, frame, (_chart(view, frame),), tuple(notes))


def by_subsidy(view: View) -> Figure:
    """How many came back of the accounts that were won with a subsidy, like for like."""
    frame = _compared(view, ["subsidy"])
    if frame.is_empty():
        return Figure(FIRSTS, frame, nothing=_nothing())
    note = _("Who is given a subsidy differs from who is not: an association that proves no cause.")
    return Figure(FIRSTS, frame, (_chart(view, frame),), (note, _like_for_like()))


def _compared(view: View, cuts: list[str]) -> pl.DataFrame:
    names = [DIFFERENCE, *ENDS, "repeated_first_order_share", "delivered_first_order_count"]
    platforms = view.filters.platform
    if len(platforms) > 1:
        raise NotNarrowedError("platform")
    more = {"platform_group": [*platforms] or ["all"], "first_order_cut": cuts}
    every = View(view.serving, view.filters.without("platform"))
    frame = every.judged(FIRSTS, names, ["first_order_cut", "first_order_band"], more=more)
    return frame.sort(pl.col("first_order_band").cast(pl.Enum(_BANDS)))


def _chart(view: View, frame: pl.DataFrame) -> AnyChart:
    shown = frame.drop_nulls(DIFFERENCE)
    return interval_chart(Canvas(view, FIRSTS), shown, "first_order_band", DIFFERENCE, ENDS)


def _like_for_like() -> str:
    return _(
        "Compared within platform, tier, category, price third and third of the day; first orders at least "
        "60 days old."
    )


def _nothing() -> str:
    return _("No first order is 60 days old yet.")
