"""Do they come back, and who are they?"""

import polars as pl

from dashboards.charts.bars import bar_chart
from dashboards.charts.canvas import SMALL, Canvas
from dashboards.charts.over_time import line_chart
from dashboards.charts.shifts import heat_chart
from dashboards.choice.few import FEW
from dashboards.choice.view import View, current_view
from dashboards.languages.messages import _
from dashboards.languages.writing import written, written_day, written_period
from dashboards.parts.audiences import show_audiences
from dashboards.parts.buying import baskets, brand_shift, brands, categories_by_tier, seasons
from dashboards.parts.channels import channel_mix, channels_by_tier, group_completion
from dashboards.parts.figure import Figure, is_said_empty, show_beside, show_figure
from dashboards.parts.finding import missing, show_finding, where
from dashboards.parts.first_orders import by_delivery, by_subsidy
from dashboards.parts.order_economics import contribution_by_tier, platform_cost, what_an_order_leaves
from dashboards.parts.parties import led_orders, parties, parties_by_province
from dashboards.parts.tiles import Tile, show_tiles
from dashboards.parts.won import subsidy_spent, won_by_subsidy
from dashboards.reader import grant_at_call
from serving.period import Period

REPEAT = "mart_repeat"
RETENTION = "mart_retention"
HOURS = "mart_order_hours"
SEGMENTS = "mart_rfm"
MOVES = "mart_rfm_moves"
SHARES = ["repeat_within_30d_share", "repeat_within_60d_share", "repeat_within_90d_share"]
#: What the newest cohort is judged by in the finding.
JUDGED = "repeat_within_90d_share"


def by_cohort(view: View) -> pl.DataFrame:
    """Return how many accounts of each month came back, whatever the period; of those old enough alone."""
    every = view.every(REPEAT)
    frame = view.judged(REPEAT, [*SHARES, "first_order_count"], [every], period=view.loaded)
    return frame.filter(pl.col("first_order_count") > 0)


def finding(view: View) -> str:
    """Return how many of the newest accounts that can be judged came back, and how it was a year before."""
    cohorts = by_cohort(view).filter(pl.col(f"{JUDGED}_of") >= FEW)
    if cohorts.is_empty():
        return missing(view, _("no month's new accounts are 90 days old and at least {few}.", few=FEW))
    newest = cohorts.row(-1, named=True)
    year_before = newest["month_date"].replace(year=newest["month_date"].year - 1)
    before = cohorts.filter(pl.col("month_date") == year_before)
    said = _(
        "Of the accounts{where} that first ordered in {month}, {share} ordered again within 90 days",
        where=where(view),
        month=written_day(newest["month_date"], "month"),
        share=written(newest[JUDGED], "share"),
    )
    if before.is_empty():
        return _("{sentence}.", sentence=said)
    return _(
        "{sentence}; of those of {month}, {share}.",
        sentence=said,
        month=written_day(year_before, "month"),
        share=written(before[JUDGED].item(), "share"),
    )


def retention(view: View) -> Figure:
    """Which part of each month's first-time accounts ordered again, month by month."""
    names = ["retained_share", "cohort_consumer_count", "gmv_to_date_per_consumer"]
    frame = view.judged(RETENTION, names, [view.every(RETENTION), "months_since"], period=view.loaded)
    later = frame.filter(pl.col("months_since") > 0)
    canvas = Canvas(view, RETENTION, "month")
    chart = heat_chart(
        canvas,
        later,
        "months_since",
        "month_date",
        "retained_share",
        "cohort_consumer_count",
        is_by_value=True,
        titles=(_("Months since the first order"), _("First ordered in")),
    )
    notes = [
        _("Months that are not over are left out; under {few} accounts a row is grey.", few=FEW),
        _("In the first 365 loaded days some accounts had ordered before, unseen."),
    ]
    return Figure(RETENTION, frame, (chart,), tuple(notes), grain="month")


def repeat(view: View) -> Figure:
    """How many came back within 30, 60 and 90 days, by the month of their first order."""
    frame = by_cohort(view)
    chart = line_chart(Canvas(view, REPEAT, "month"), frame, "month_date", SHARES, zero=True, height=SMALL)
    note = _("Of accounts whose first order is so many days old; by the month of that order.")
    return Figure(REPEAT, frame, (chart,), (note,), grain="month")


def returning(view: View) -> Figure:
    """How much of the paid GMV comes from accounts that had ordered in the year before."""
    every = view.every(REPEAT)
    names = ["returning_gmv_share", "new_consumer_share", "new_consumer_count", "median_days_between_orders"]
    frame = view.judged(REPEAT, names, [every], period=view.loaded)
    known = frame.drop_nulls("returning_gmv_share")
    note = _("New: no order in the 365 days before. Stated once a whole year before is loaded.")
    if known.is_empty():
        return Figure(REPEAT, frame, (), (note,), grain="month")
    chart = line_chart(Canvas(view, REPEAT, "month"), known, "month_date", names[:2], zero=True, height=SMALL)
    return Figure(REPEAT, frame, (chart,), (note,), grain="month")


def hours(view: View) -> Figure:
    """When they order: weekdays by hours."""
    frame = view.judged(HOURS, ["order_count"], ["weekday", "hour_of_day"])
    chart = heat_chart(
        Canvas(view, HOURS), frame, "hour_of_day", "weekday", "order_count", "order_count", is_by_value=True
    )
    return Figure(HOURS, frame, (chart,), (_("In the platform's time zone; whole months."),))


def last_month(view: View, table: str) -> Period | None:
    """Return the last month of the period that the table has; None where it has none."""
    months = view.judged(table, _counted(table), [view.every(table)])
    return None if months.is_empty() else Period(months["month_date"][-1], months["month_date"][-1]).months()


def _counted(table: str) -> list[str]:
    return ["segment_consumer_count" if table == SEGMENTS else "moved_consumer_count"]


def segments(view: View) -> Figure:
    """Who the accounts are at the end of the last month, by how long ago and how often they ordered."""
    month = last_month(view, SEGMENTS)
    nothing = _("No whole month of the period has a year of loaded days behind it.")
    if month is None:
        return Figure(SEGMENTS, pl.DataFrame(), nothing=nothing)
    names = [
        *("segment_consumer_count", "mean_recency_days", "orders_per_segment_consumer"),
        "gmv_per_segment_consumer",
    ]
    frame = view.judged(SEGMENTS, names, ["segment"], period=month)
    frame = frame.sort("segment_consumer_count", descending=True)
    chart = bar_chart(
        Canvas(view, SEGMENTS), frame, "segment", "segment_consumer_count", count="segment_consumer_count"
    )
    note = _(
        "At the end of {month}, of accounts that ordered in the year before.", month=written_period(month)
    )
    return Figure(SEGMENTS, frame, (chart,), (note,))


def moves(view: View) -> Figure:
    """Between which segments accounts moved in the period's last month."""
    month = last_month(view, MOVES)
    nothing = _("No whole month of the period has a year of loaded days behind it.")
    if month is None:
        return Figure(MOVES, pl.DataFrame(), nothing=nothing)
    frame = view.judged(MOVES, _counted(MOVES), ["from_segment", "to_segment"], period=month)
    chart = heat_chart(
        Canvas(view, MOVES),
        frame,
        "to_segment",
        "from_segment",
        "moved_consumer_count",
        "moved_consumer_count",
    )
    note = _(
        "In {month}: from the segment on the left to the one above. None: no order for a year.",
        month=written_period(month),
    )
    return Figure(MOVES, frame, (chart,), (note,))


def show(view: View) -> None:
    """Draw the page."""
    if is_said_empty(view, REPEAT):
        return
    show_finding(finding(view))
    names = ["returning_gmv_share", "new_consumer_count", *SHARES[::2], "median_days_between_orders"]
    show_tiles(view, [Tile(REPEAT, name, "more" if name in SHARES else "neither") for name in names])
    show_figure(view, _("Retention by month of the first order"), retention)
    show_beside(view, {_("Repeat"): repeat}, {_("New and returning"): returning})
    show_beside(view, {_("Segments"): segments}, {_("Moves between segments"): moves})
    show_beside(
        view,
        {_("Categories by tier"): categories_by_tier, _("Seasons"): seasons},
        {_("Brands"): brands, _("Why a brand rose"): brand_shift, _("Bought together"): baskets},
    )
    show_beside(view, {_("First delivery and repeat"): by_delivery}, {_("Subsidy and repeat"): by_subsidy})
    show_beside(
        view,
        {_("Won with and without a subsidy"): won_by_subsidy},
        {_("Subsidy per account won"): subsidy_spent},
    )
    show_beside(
        view,
        {_("Channels by tier"): channels_by_tier, _("Channel mix"): channel_mix},
        {_("Group completion"): group_completion},
    )
    show_beside(
        view,
        {_("Orders that leaders brought"): led_orders},
        {_("Dropshippers and leaders"): parties, _("By province"): parties_by_province},
    )
    show_figure(view, _("Weekday and hour"), hours)
    show_audiences(view, grant_at_call())
    show_beside(
        view,
        {_("What an order leaves"): what_an_order_leaves, _("By tier"): contribution_by_tier},
        {_("Cost to the platform"): platform_cost},
    )


show(current_view())
