"""How numbers are written: by the unit that the data dictionary gives them."""

from datetime import date, datetime
from typing import Any

#: Signs that readers know; other currencies are written by their ISO code.
_SIGNS = {"CNY": "¥", "BRL": "R$", "USD": "US$", "EUR": "€", "GBP": "£"}
_STEPS = ((1e9, "B"), (1e6, "M"))
_NOTHING = "–"


def money_sign(currency: str) -> str:
    """Return what stands before an amount: a sign, or the ISO code and a space."""
    return _SIGNS.get(currency, f"{currency} " if currency else "")


def written(value: Any, unit: str, currency: str = "") -> str:
    """Return a value as a reader sees it: ``¥123 M``, ``47.8%``, ``56.4 h``; a dash for null."""
    if value is None:
        return _NOTHING
    match unit:
        case "money":
            return money_sign(currency) + _short(float(value), decimals=2 if abs(value) < 1_000 else 0)
        case "count" | "index" | "grams":
            return _short(float(value), decimals=0) + (" g" if unit == "grams" else "")
        case "share":
            return f"{value:.1%}"
        case "points":
            return f"{value * 100:+.1f} points"
        case "hours":
            return f"{value:.1f} h"
        case "days":
            return f"{value:.1f} d"
        case "date" if isinstance(value, date):
            return f"{value:%-d %b %Y}"
        case "time" if isinstance(value, datetime):
            return f"{value:%-d %b %Y %H:%M}"
    return str(value)


def written_change(now: float | None, before: float | None, unit: str) -> str | None:
    """Return the change from ``before``: points for a share, per cent for anything else; None if unknown."""
    if now is None or before is None:
        return None
    if unit == "share":
        return written(now - before, "points").replace("-0.0", "+0.0")
    return f"{now / before - 1:+.1%}".replace("-0.0", "+0.0") if before else None


def days_and_hours(hours: float) -> str:
    """Return ``2 d 8 h`` for 56.4 hours."""
    days, rest = divmod(round(hours), 24)
    return f"{days} d {rest} h" if days else f"{rest} h"


def words(code: str | None) -> str:
    """Return a code of ours as words: ``new_tier_1`` is ``New tier 1``; null is ``not known``."""
    return "Not known" if code is None else code.replace("_", " ").capitalize()


def _short(value: float, decimals: int) -> str:
    for step, letter in _STEPS:
        if abs(value) >= step:
            whole_digits = len(str(int(abs(value) / step)))
            return f"{value / step:,.{max(0, 3 - whole_digits)}f} {letter}"
    return f"{value:,.{decimals}f}"
