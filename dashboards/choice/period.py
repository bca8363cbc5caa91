"""The days a page looks at, as they are written in the URL."""

import calendar
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

from serving.published import Between, Grain

LAST_DAYS = "28d"
EVERYTHING = "all"

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_QUARTER = re.compile(r"(\d{4})-Q([1-4])")
_CUSTOM = re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})")


@dataclass(frozen=True)
class Period:
    """Days from ``first`` to ``last``, both included."""

    first: date
    last: date

    @property
    def between(self) -> Between:
        """The same as a condition on a date column."""
        return Between(self.first, self.last)

    @property
    def day_count(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def grain(self) -> Grain:
        """The grain at which a series over it stays readable: 60 points or fewer, roughly."""
        return "day" if self.day_count <= 62 else "week" if self.day_count <= 200 else "month"

    @property
    def is_whole_months(self) -> bool:
        """Whether it starts on a first and ends on a last of a month."""
        return self.first.day == 1 and (self.last + timedelta(days=1)).day == 1

    def months(self) -> "Period":
        """The whole months it touches."""
        return Period(self.first.replace(day=1), _month_end(self.last))

    def previous(self) -> "Period":
        """The equal period just before: as many months where it is whole months, else as many days."""
        last = self.first - timedelta(days=1)
        if not self.is_whole_months:
            return Period(last - timedelta(days=self.day_count - 1), last)
        months = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1
        ordinal = self.first.year * 12 + self.first.month - 1 - months
        return Period(date(ordinal // 12, ordinal % 12 + 1, 1), last)

    def year_before(self) -> "Period":
        """The same days of the year before; 29 February becomes the 28th."""
        first, last = _year_before(self.first), _year_before(self.last)
        return Period(first, _month_end(last) if self.is_whole_months else last)

    def __str__(self) -> str:
        if self.is_whole_months and (self.first.year, self.first.month) == (self.last.year, self.last.month):
            return f"{self.first:%B %Y}"
        if self.is_whole_months:
            return f"{self.first:%b %Y} to {self.last:%b %Y}"
        start = f"{self.first:%-d %b %Y}" if self.first.year != self.last.year else f"{self.first:%-d %b}"
        return f"{start} to {self.last:%-d %b %Y}"


def parse_period(text: str, loaded: Period) -> Period:
    """Return the days that ``text`` means where ``loaded`` is what there is.

    ``28d`` (to the last loaded day), ``2019-06``, ``2019-Q2``, ``2019-06-01..2019-06-18``, ``all``.
    Raises ValueError when it is none of these.
    """
    if text == LAST_DAYS:
        return Period(loaded.last - timedelta(days=27), loaded.last)
    if text == EVERYTHING:
        return loaded
    if match := _MONTH.fullmatch(text):
        first = date(int(match[1]), int(match[2]), 1)
        return Period(first, _month_end(first))
    if match := _QUARTER.fullmatch(text):
        first = date(int(match[1]), int(match[2]) * 3 - 2, 1)
        return Period(first, _month_end(first.replace(month=first.month + 2)))
    if (match := _CUSTOM.fullmatch(text)) and match[1] <= match[2]:
        with suppress(ValueError):
            return Period(date.fromisoformat(match[1]), date.fromisoformat(match[2]))
    raise ValueError(f"{text!r} is not a period: write 28d, 2019-06, 2019-Q2, 2019-06-01..2019-06-18 or all.")


def month_names(loaded: Period) -> list[str]:
    """Return the months there are, newest first, as the URL writes them."""
    first, last = (
        loaded.first.year * 12 + loaded.first.month - 1,
        loaded.last.year * 12 + loaded.last.month - 1,
    )
    return [f"{ordinal // 12}-{ordinal % 12 + 1:02}" for ordinal in range(last, first - 1, -1)]


def quarter_names(loaded: Period) -> list[str]:
    """Return the quarters there are, newest first, as the URL writes them."""
    months = (date.fromisoformat(f"{name}-01") for name in month_names(loaded))
    return list(dict.fromkeys(f"{month.year}-Q{(month.month + 2) // 3}" for month in months))


def _month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)
