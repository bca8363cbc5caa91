"""Numbers, days, lists and names of columns as the reader's language writes them; see ``serving.formats``."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl
from babel.dates import get_day_names
from babel.lists import format_list

from dashboards.languages.language import language
from serving import formats
from serving.dictionary import Entry
from serving.formats import Day
from serving.period import Period


def written(value: Any, unit: str, currency: str = "") -> str:
    """Return a value as a reader sees it: ``¥123 M``, ``47.8%``, ``56.4 h``; a dash for null."""
    return formats.written(value, unit, currency, language())


def written_change(now: float | None, before: float | None, unit: str) -> str | None:
    """Return the change from ``before``: points for a share, per cent for anything else; None if unknown."""
    return formats.written_change(now, before, unit, language())


def days_and_hours(hours: float) -> str:
    """Return ``2 d 8 h`` for 56.4 hours."""
    return formats.days_and_hours(hours, language())


def written_day(day: date, how: Day = "day") -> str:
    """Return a day, or as much of it as ``how`` says."""
    return formats.written_day(day, how, language())


def written_weekday(weekday: int) -> str:
    """Return what a weekday is called; 1 is Monday."""
    return str(get_day_names("wide", locale="en_GB" if language() == "en" else language())[weekday - 1])


def written_period(period: Period | None) -> str:
    """Return the days as words; empty for None."""
    return formats.written_period(period, language()) if period else ""


def listed(names: Sequence[str]) -> str:
    """Return ``ZTO, YTO and SF``."""
    return format_list([*names], locale="en_GB" if language() == "en" else language())


def called(entry: Entry) -> str:
    """Return what a column or metric is called."""
    return entry.label_zh if language() == "zh_CN" and entry.label_zh else entry.label


def meaning(entry: Entry) -> str:
    """Return what a column or metric means; in English where the dictionary says it in no other language."""
    return entry.description_zh if language() == "zh_CN" and entry.description_zh else entry.description


def called_events(events: pl.DataFrame) -> list[str]:
    """Return what the events of ``serving.events`` are called."""
    return events["name_zh" if language() == "zh_CN" else "name"].to_list()


def in_sentence(label: str) -> str:
    """Return a label as it stands inside a sentence."""
    return label[:1].lower() + label[1:]
