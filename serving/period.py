"""The days that numbers are asked for."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

#: The lengths of time by which a date column can be gathered.
Grain = Literal["day", "week", "month"]


@dataclass(frozen=True)
class Period:
    """Days from ``first`` to ``last``, both included."""

    first: date
    last: date

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

    def whole(self, grain: Grain) -> "Period":
        """The part that whole weeks or months fill, so that every point is as long as the others.

        Where it holds none, the period itself.
        """
        first, last = self.first, self.last
        if grain == "week":
            first += timedelta(days=-first.weekday() % 7)
            last -= timedelta(days=(last.weekday() + 1) % 7)
        if grain == "month":
            first = first if first.day == 1 else _month_end(first) + timedelta(days=1)
            last = last if last == _month_end(last) else last.replace(day=1) - timedelta(days=1)
        return Period(first, last) if first < last else self

    def months(self) -> "Period":
        """The whole months it touches."""
        return Period(self.first.replace(day=1), _month_end(self.last))

    def last_months(self, count: int) -> "Period":
        """The ``count`` whole months of which its last is the latest."""
        ordinal = self.last.year * 12 + self.last.month - count
        return Period(date(ordinal // 12, ordinal % 12 + 1, 1), _month_end(self.last))

    def last_half_year(self) -> "Period":
        """The six months that end with its last day: 1 January to 30 June, 16 December to 15 June."""
        after = self.last + timedelta(days=1)
        ordinal = after.year * 12 + after.month - 1 - 6
        first_of_month = date(ordinal // 12, ordinal % 12 + 1, 1)
        return Period(
            min(first_of_month + timedelta(days=after.day - 1), _month_end(first_of_month)), self.last
        )

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


def _month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)
