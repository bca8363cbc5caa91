"""The latest whole week and month that can be judged, and the weeks before each that tell what is usual."""

import calendar
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """Days that are judged as one; ``events`` are the weeks (Mondays) that are neither judged nor history."""

    name: str
    first: date
    last: date
    events: frozenset[date]

    @property
    def dates(self) -> tuple[date, date]:
        """Its first and last day."""
        return self.first, self.last

    def cells(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return rows with their `week`: 0 within the span, 1 and more for the whole weeks before it."""
        monday = pl.col("week_date")
        now = monday == self.first if self.name == "week" else pl.col("month_date") == self.first
        before = (pl.lit(self.first) - monday).dt.total_days()
        return rows.filter(~monday.is_in(list(self.events)), now | (before >= 7)).with_columns(
            week=pl.when(now).then(0).otherwise(before // 7)
        )


def judged_spans(frames: Sequence[pl.DataFrame], events: Collection[date]) -> list[Span]:
    """Return the latest week and month outside events, as far as there are.

    A month is judged where all of its weeks are there, and at least half of its days lie outside events.

    Args:
        frames: rows of whole weeks with `week_date` and `month_date`.
        events: Mondays of the weeks of a sale or festival.
    """
    weeks = sorted({week for frame in frames for week in frame["week_date"].unique()})
    outside = [week for week in weeks if week not in events]
    if not outside:
        return []
    left_out = frozenset(events)
    spans = [Span("week", outside[-1], outside[-1] + _WEEK - _DAY, left_out)]
    months = sorted({week.replace(day=1) for week in weeks} | {(weeks[-1] + _WEEK).replace(day=1)})
    for first in reversed(months):
        last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
        days = [first + n * _DAY for n in range(last.day)]
        mondays = [day - day.weekday() * _DAY for day in days]
        is_whole = mondays[0] >= weeks[0] and last < weeks[-1] + _WEEK
        if is_whole and sum(monday not in events for monday in mondays) * 2 >= len(days):
            return [*spans, Span("month", first, last, left_out)]
    return spans
