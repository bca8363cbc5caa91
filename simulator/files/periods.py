"""Which days share a file."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Period:
    """Days that share a file of each entity: first included, last excluded."""

    name: str
    first: int
    last: int


def periods(from_date: date, to_date: date, orders: int, orders_per_file: int) -> list[Period]:
    """Return the files' days: whole years, quarters, months or single days, as coarse as the size allows."""
    days = [from_date + timedelta(days=n) for n in range((to_date - from_date).days + 1)]
    per_day = orders / len(days)
    names_of: dict[int, Callable[[date], str]] = {
        365: lambda day: f"{day:%Y}",
        91: lambda day: f"{day.year}-q{(day.month + 2) // 3}",
        30: lambda day: f"{day:%Y-%m}",
        1: lambda day: f"{day:%Y-%m-%d}",
    }
    name_of = next(
        (name for length, name in names_of.items() if per_day * length <= orders_per_file), names_of[1]
    )
    found: list[Period] = []
    for n, day in enumerate(days):
        if found and found[-1].name == name_of(day):
            found[-1] = Period(found[-1].name, found[-1].first, n + 1)
        else:
            found.append(Period(name_of(day), n, n + 1))
    return found
