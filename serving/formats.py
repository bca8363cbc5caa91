"""How numbers and days are written: by the unit that the data dictionary gives, in a language's habit."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from babel.dates import format_date

from serving.period import Period

#: The languages that readers may choose, as POSIX locales.
Language = Literal["en", "zh_CN"]

#: How much of a day is written: with its weekday, short or whole; without its year; its month alone.
Day = Literal["weekday", "long_weekday", "day", "day_of_year", "month", "long_month"]

#: Signs that readers know; other currencies are written by their ISO code.
_SIGNS = {"CNY": "¥", "BRL": "R$", "USD": "US$", "EUR": "€", "GBP": "£"}
_NOTHING = "–"


@dataclass(frozen=True)
class _Habit:
    """A language's units, the steps of its large numbers, and its days (patterns of Unicode TR 35)."""

    steps: tuple[tuple[float, str], ...]
    #: From here on a number is shortened to its steps.
    short_from: float
    units: dict[str, str]
    days: dict[Day, str]
    until: str
    #: Which of two days of one year is written without it.
    year_left_out: Literal[0, 1]


_HABITS: dict[Language, _Habit] = {
    "en": _Habit(
        steps=((1e9, " B"), (1e6, " M")),
        short_from=1e6,
        units={"grams": " g", "hours": " h", "days": " d", "points": " points"},
        days={
            "weekday": "EEE d MMM y",
            "long_weekday": "EEEE d MMM y",
            "day": "d MMM y",
            "day_of_year": "d MMM",
            "month": "MMM y",
            "long_month": "MMMM y",
        },
        until=" to ",
        year_left_out=0,
    ),
    "zh_CN": _Habit(
        steps=((1e8, "亿"), (1e4, "万")),
        short_from=1e5,
        units={"grams": "克", "hours": "小时", "days": "天", "points": "个百分点"},
        days={
            "weekday": "y年M月d日EEE",
            "long_weekday": "y年M月d日EEEE",
            "day": "y年M月d日",
            "day_of_year": "M月d日",
            "month": "y年M月",
            "long_month": "y年M月",
        },
        until="至",
        year_left_out=1,
    ),
}


def money_sign(currency: str) -> str:
    """Return what stands before an amount: a sign, or the ISO code and a space."""
    return _SIGNS.get(currency, f"{currency} " if currency else "")


def written(value: Any, unit: str, currency: str = "", language: Language = "en") -> str:
    """Return a value as a reader sees it: ``¥123 M``, ``47.8%``, ``56.4 h``; a dash for null."""
    if value is None:
        return _NOTHING
    habit = _HABITS[language]
    after = habit.units.get(unit, "")
    match unit:
        case "money":
            return money_sign(currency) + _short(float(value), habit, decimals=2 if abs(value) < 1_000 else 0)
        case "count" | "index" | "grams":
            return _short(float(value), habit) + after
        case "share":
            return f"{value:.1%}"
        case "points":
            return f"{value * 100:+.1f}{after}"
        case "hours" | "days":
            return f"{value:.1f}{after}"
        case "date" if isinstance(value, date):
            return written_day(value, "day", language)
        case "time" if isinstance(value, datetime):
            return f"{written_day(value, 'day', language)} {value:%H:%M}"
    return str(value)


def written_change(
    now: float | None, before: float | None, unit: str, language: Language = "en"
) -> str | None:
    """Return the change from ``before``: points for a share, per cent for anything else; None if unknown."""
    if now is None or before is None:
        return None
    if unit == "share":
        return written(now - before, "points", language=language).replace("-0.0", "+0.0")
    return f"{now / before - 1:+.1%}".replace("-0.0", "+0.0") if before else None


def days_and_hours(hours: float, language: Language = "en") -> str:
    """Return ``2 d 8 h`` for 56.4 hours."""
    days, rest = divmod(round(hours), 24)
    units = _HABITS[language].units
    whole = f"{days}{units['days']}" if days else ""
    return f"{whole}{' ' * (language == 'en' and days > 0)}{rest}{units['hours']}"


def written_day(day: date, how: Day, language: Language = "en") -> str:
    """Return a day, or as much of it as ``how`` says: ``18 Jun 2019``, ``2019年6月``."""
    return format_date(day, _HABITS[language].days[how], locale=language)


def written_period(period: Period, language: Language = "en") -> str:
    """Return the days as words: ``June 2019``, ``Jan 2019 to Mar 2019``, ``3 May to 18 Jun 2019``."""
    first, last = period.first, period.last
    if period.is_whole_months and (first.year, first.month) == (last.year, last.month):
        return written_day(first, "long_month", language)
    hows: list[Day] = ["month", "month"] if period.is_whole_months else ["day", "day"]
    if not period.is_whole_months and first.year == last.year:
        hows[_HABITS[language].year_left_out] = "day_of_year"
    start, end = (written_day(day, how, language) for day, how in zip((first, last), hows, strict=True))
    return f"{start}{_HABITS[language].until}{end}"


def words(code: str | None) -> str:
    """Return a code of ours as words: ``new_tier_1`` is ``New tier 1``; null is ``not known``."""
    return "Not known" if code is None else code.replace("_", " ").capitalize()


def _short(value: float, habit: _Habit, decimals: int = 0) -> str:
    for step, name in habit.steps:
        if abs(value) >= max(step, habit.short_from):
            whole_digits = len(str(int(abs(value) / step)))
            return f"{value / step:,.{max(0, 3 - whole_digits)}f}{name}"
    return f"{value:,.{decimals}f}"
