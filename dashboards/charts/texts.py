"""Rows as a reader sees them: every value written out by its unit, every column under its label."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import polars as pl

from dashboards.choice.view import View
from dashboards.languages.messages import N_, _
from dashboards.languages.writing import called, days_and_hours, written, written_day, written_weekday
from serving.dictionary import Entry
from serving.period import Grain
from serving.published import WHOLE

#: The column that ``Published.shares`` adds.
SHARE = "share"

#: Columns that pages and ``Published`` add to what the dictionary names: label, unit, meaning.
_OURS = {
    SHARE: (N_("Share"), "share", N_("Part of the whole shown.")),
    "share_before": (N_("Share before"), "share", N_("The share in the period compared with.")),
    "change": (N_("Change"), "money", N_("Against the period compared with.")),
    "not_final": (
        N_("Not final"),
        "text",
        N_("Numbers of the row that what is still on its way can change."),
    ),
    "own_hours": (N_("This parcel"), "hours", N_("Hours that it took, or has taken so far.")),
    "p50_date": (N_("50 of 100 by"), "date", N_("The day, where it arrives, by which so many are there.")),
    "p80_date": (N_("80 of 100 by"), "date", N_("The day, where it arrives, by which so many are there.")),
    "p90_date": (N_("90 of 100 by"), "date", N_("The day, where it arrives, by which so many are there.")),
    "p95_date": (N_("95 of 100 by"), "date", N_("The day, where it arrives, by which so many are there.")),
    "row_count": (N_("Rows"), "count", N_("How many rows.")),
    "from_hours": (N_("More than"), "hours", N_("Hours; the last bucket has no end.")),
    "to_hours": (N_("At most"), "hours", N_("Hours; the last bucket has no end.")),
}


#: 1 is Monday.
WEEKDAY = "weekday"


def entry_of(view: View, table: str, name: str) -> Entry:
    """Return what the dictionary says of a result's column: the metric of that name, else the column."""
    dictionary = view.serving.dictionary
    if dictionary.has(table, "metric", name):
        return dictionary.metric(table, name)
    if name in _OURS and not dictionary.has(table, "column", name):
        label, unit, meaning = _OURS[name]
        return Entry(table, name, "metric", _(label), _(label), unit, _(meaning), "", "")
    return dictionary.column(table, name)


#: What the date of a series is called when it stands for more than a day.
_SPANS = {"week": N_("Week"), "month": N_("Month")}


def label_of(view: View, table: str, name: str, grain: Grain = "day", zone: str | None = None) -> str:
    """Return a column's label with its unit where the values do not carry it; of times, their zone.

    ``grain`` says what one value of the table's date stands for, ``zone`` in which zone times are
    written, the platform's where nothing is said.
    """
    entry = entry_of(view, table, name)
    if name == view.date_column(table):
        return _(_SPANS[grain]) if grain in _SPANS else called(entry)
    unit = {
        "money": view.currency,
        "hours": _("h"),
        "grams": _("g"),
        "share": "%",
        "points": _("points"),
        "time": zone or view.time_zone,
    }.get(entry.unit)
    return _("{label}, {unit}", label=called(entry), unit=unit) if unit else called(entry)


def written_date(day: date, grain: Grain) -> str:
    """Return a point in time of a series as text."""
    if grain == "week":
        return _("week of {day}", day=written_day(day))
    return written_day(day, "month" if grain == "month" else "weekday")


def with_texts(view: View, table: str, frame: pl.DataFrame, grain: Grain = "day") -> pl.DataFrame:
    """Add a text column ``<name>_text`` for each column, for tooltips and direct labels.

    The text says so where the row has a flag that the metric is not final.
    """
    texts = [
        pl.Series(
            f"{name}_text", [_text(view, table, name, value, grain) for value in frame[name]], pl.String
        )
        for name in frame.columns
        if not name.endswith(WHOLE)
    ]
    marks = [
        pl.col(f"{name}_text") + pl.when(~pl.col(flag)).then(pl.lit(_(" (not final)"))).otherwise(pl.lit(""))
        for name, flag in flags_in(view, table, frame.columns).items()
    ]
    return frame.with_columns(texts).with_columns(marks)


def flags_in(view: View, table: str, columns: Sequence[str]) -> dict[str, str]:
    """Return metric → the flag among the columns that says whether it is final."""
    dictionary = view.serving.dictionary
    metrics = [dictionary.metric(table, name) for name in columns if dictionary.has(table, "metric", name)]
    return {metric.name: metric.final for metric in metrics if metric.final in columns}


def _text(view: View, table: str, name: str, value: Any, grain: Grain) -> str:
    if isinstance(value, datetime):
        return written(value.astimezone(view.zone), "time")
    if isinstance(value, date):
        return written_date(value, grain)
    if isinstance(value, str):
        return view.names.of(name, value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name == WEEKDAY:
        return written_weekday(value)
    unit = entry_of(view, table, name).unit if value is not None else ""
    if unit == "hours" and value >= 24:
        return _("{hours} ({days})", hours=written(value, unit), days=days_and_hours(value))
    return written(value, unit, view.currency)
