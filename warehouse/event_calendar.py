"""Pairs a day with its counterpart one year before: 6.18 with 6.18, Spring Festival with Spring Festival."""

from collections.abc import Iterable
from datetime import date, timedelta

#: Days before and after an event that belong to it: sales build up, couriers stop early and return late.
_REACH_DAYS = 14

#: Fifty-two whole weeks: an ordinary day is compared with the same weekday.
_YEAR = timedelta(days=364)


class EventCalendar:
    """Named events, each with the first day it has in every year."""

    def __init__(self, events: Iterable[tuple[str, date]]) -> None:
        self._starts: dict[tuple[str, int], date] = {}
        for name, day in sorted(events, key=lambda event: event[1]):
            self._starts.setdefault((name, day.year), day)

    def year_before(self, day: date) -> date | None:
        """The day to compare with, None where only one of the two lies in an event."""
        nearest = self._event(day)
        if nearest is None:
            return day - _YEAR if self._event(day - _YEAR) is None else None
        name, start = nearest
        before = self._starts.get((name, start.year - 1))
        return before + (day - start) if before else None

    def _event(self, day: date) -> tuple[str, date] | None:
        """The event within whose reach the day lies; the nearest, the earlier named of two."""
        near = [
            (abs((day - start).days), name, start)
            for (name, _), start in self._starts.items()
            if abs((day - start).days) <= _REACH_DAYS
        ]
        return min(near)[1:] if near else None
