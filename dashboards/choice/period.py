"""How the URL writes the days that a page looks at."""

import re
from contextlib import suppress
from datetime import date, timedelta

from serving.period import Period

LAST_MONTHS = "6m"
LAST_DAYS = "28d"
EVERYTHING = "all"

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_QUARTER = re.compile(r"(\d{4})-Q([1-4])")
_CUSTOM = re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})")


def parse_period(text: str, loaded: Period) -> Period:
    """Return the days that ``text`` means where ``loaded`` is what there is.

    ``6m`` and ``28d`` (to the last loaded day), ``2019-06``, ``2019-Q2``, ``2019-06-01..2019-06-18``,
    ``all``.
    Raises ValueError when it is none of these.
    """
    if text == LAST_MONTHS:
        return Period(max(loaded.first, loaded.last_half_year().first), loaded.last)
    if text == LAST_DAYS:
        return Period(loaded.last - timedelta(days=27), loaded.last)
    if text == EVERYTHING:
        return loaded
    if match := _MONTH.fullmatch(text):
        first = date(int(match[1]), int(match[2]), 1)
        return Period(first, first).months()
    if match := _QUARTER.fullmatch(text):
        first = date(int(match[1]), int(match[2]) * 3 - 2, 1)
        return Period(first, first.replace(month=first.month + 2)).months()
    if (match := _CUSTOM.fullmatch(text)) and match[1] <= match[2]:
        with suppress(ValueError):
            return Period(date.fromisoformat(match[1]), date.fromisoformat(match[2]))
    raise ValueError(f"{text!r} is not a period.")


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
