"""Days: how much is bought, how slow the roads are, and when the shops are shut.

Times inside the simulator are whole seconds of China's clock (UTC+8, no summer time) since 1970-01-01.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from simulator.world.draws import I64

DAY = 86_400
HOUR = 3_600
CHINA_OFFSET = 8 * HOUR
EPOCH = date(1970, 1, 1)

#: Later than any time that happens.
NEVER = 2**62

#: First day of the lunar year (public calendar).
NEW_YEARS = tuple(
    date.fromisoformat(day)
    for day in (
        "2016-02-08", "2017-01-28", "2018-02-16", "2019-02-05", "2020-01-25", "2021-02-12", "2022-02-01",
        "2023-01-22", "2024-02-10", "2025-01-29", "2026-02-17", "2027-02-06", "2028-01-26", "2029-02-13",
        "2030-02-03",
    )
)  # fmt: skip

#: Orders of a sale day against a normal day. Assumptions; that these days peak is public.
SALES = {
    (6, 1): 1.25, (6, 16): 1.25, (6, 17): 1.35, (6, 18): 2.6, (6, 19): 1.1, (8, 18): 1.3, (9, 9): 1.2,
    (11, 1): 1.3, (11, 9): 0.8, (11, 10): 0.75, (11, 11): 4.2, (11, 12): 1.5, (12, 12): 2.0,
}  # fmt: skip

#: Orders by weekday, Monday first. Assumption.
WEEKDAYS = (1.05, 1.04, 1.03, 1.01, 0.99, 0.94, 0.94)

#: Orders by hour of the day, from midnight. Assumption: two peaks, late morning and evening.
HOURS = (28, 16, 9, 6, 5, 7, 14, 28, 46, 62, 70, 66, 58, 58, 60, 61, 60, 57, 58, 68, 80, 84, 72, 48)
#: On a sale day people wait for midnight. Assumption.
SALE_HOURS = (150, 70, 30, 14, 9, 10, 18, 34, 50, 62, 68, 62, 54, 54, 56, 58, 56, 54, 56, 66, 78, 86, 84, 78)

#: Shops and couriers stop around the lunar new year: days before and after the first day. Assumption.
SHUT_BEFORE, SHUT_AFTER = 3, 5


@dataclass(frozen=True)
class Days:
    """What is known of each day, from a week before the market's first day to months after its last."""

    first: int  # days since 1970-01-01 of row 0
    is_sale: npt.NDArray[np.bool_]
    slowness: I64  # permille of a normal day's hours on the way
    shut_days: I64  # days until the shops and most couriers work again, 0 = they work

    def row(self, time: I64) -> I64:
        """Return the row of each time's day; times out of reach take the last row."""
        day: I64 = np.clip(time // DAY - self.first, 0, len(self.slowness) - 1)
        return day


def day_number(day: date) -> int:
    """Return the days since 1970-01-01."""
    return (day - EPOCH).days


def demand_weight(day: date, *, is_quiet: bool) -> float:
    """Return how much is ordered on a day, against an average day of January 2018.

    Growth: Pinduoduo's GMV of 2019 was 2.1 times that of 2018 (RMB 1,006.6 bn, 471.6 bn: annual reports);
    a market that holds others too grows slower: 0.12% of the first day's orders each day. Assumption.
    A quiet market does not grow and knows no sales, only the week and the lunar new year.
    """
    growth = min(6.0, max(0.3, 1.0 + 0.0012 * (day - date(2018, 1, 1)).days))
    weight = growth * WEEKDAYS[day.weekday()] * SALES.get((day.month, day.day), 1.0)
    if is_quiet:
        weight = WEEKDAYS[day.weekday()]
    for new_year in NEW_YEARS:
        distance = (day - new_year).days
        if -7 <= distance < -SHUT_BEFORE:
            weight *= 0.7
        elif -SHUT_BEFORE <= distance <= SHUT_AFTER:
            weight *= 0.28
        elif SHUT_AFTER < distance <= 10:
            weight *= 0.75
    return weight


def _slowness(day: date, *, is_quiet: bool) -> float:
    """Return the hours on the way against a normal day. Assumptions; that peaks delay parcels is public."""
    slow = 1.0
    for (month, on), most, days in (((11, 11), 1.45, 9), ((6, 18), 1.22, 6), ((12, 12), 1.12, 4)):
        since = (day - date(day.year, month, on)).days
        if 0 <= since < days and not is_quiet:
            slow = max(slow, most - (most - 1.0) * since / days)
    for new_year in NEW_YEARS:
        since = (day - new_year).days
        if -9 <= since <= 9:
            slow = max(slow, 1.5 - 0.05 * abs(since))
    return slow


def _shut_days(day: date) -> int:
    for new_year in NEW_YEARS:
        reopening = new_year + timedelta(days=SHUT_AFTER + 1)
        if new_year - timedelta(days=SHUT_BEFORE) <= day < reopening:
            return (reopening - day).days
    return 0


def days_around(from_date: date, to_date: date, *, is_quiet: bool) -> Days:
    """Return the days of a market."""
    first = from_date - timedelta(days=7)
    days = [first + timedelta(days=n) for n in range((to_date - first).days + 120)]
    return Days(
        first=day_number(first),
        is_sale=np.array([SALES.get((d.month, d.day), 1.0) >= 2.0 and not is_quiet for d in days]),
        slowness=np.array([int(_slowness(d, is_quiet=is_quiet) * 1000 + 0.5) for d in days], np.int64),
        shut_days=np.array([_shut_days(d) for d in days], np.int64),
    )


def clock_table(hours: tuple[int, ...]) -> I64:
    """Return the second of the day at which each 4,096th of a day's orders has been placed."""
    total = sum(hours)
    marks = []
    hour, before = 0, 0
    for k in range(4097):
        wanted = total * k
        while hour < 23 and (before + hours[hour]) * 4096 < wanted:
            before += hours[hour]
            hour += 1
        marks.append(min(DAY - 1, hour * HOUR + (wanted - before * 4096) * HOUR // (hours[hour] * 4096)))
    return np.array(marks, np.int64)
