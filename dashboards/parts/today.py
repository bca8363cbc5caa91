"""Overview's first section: the day so far, against the same weekday up to the same time of day."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import streamlit as st

from dashboards.choice.chosen import NotNarrowedError
from dashboards.choice.view import View
from dashboards.languages.messages import _
from dashboards.languages.writing import (
    called,
    called_events,
    listed,
    meaning,
    written,
    written_change,
    written_day,
)
from dashboards.parts.figure import say_not_narrowed
from serving.events import events
from serving.period import Period

TODAY = "mart_day_so_far"
NAMES = ["order_count", "gmv_paid_by_payment_date", "picked_up_count", "delivered_count"]
_SO_FAR = {"is_so_far": ["true"]}
_WEEK = timedelta(days=7)


def show_today(view: View) -> None:
    """Draw the section; where a filter cannot narrow it, say so."""
    if view.as_of is None:
        return
    day = view.as_of.date()
    now, then = Period(day, day), Period(day - _WEEK, day - _WEEK)
    st.subheader(heading(view.as_of, view.time_zone), anchor=False)
    try:
        sides = [
            view.serving.metrics(TODAY, NAMES, filters=view.conditions(TODAY, each, _SO_FAR)).row(
                0, named=True
            )
            for each in (now, then)
        ]
        hours = view.serving.metrics(TODAY, NAMES, ["hour_of_day"], view.conditions(TODAY, now, _SO_FAR))
    except NotNarrowedError as error:
        say_not_narrowed(view, error, key="today")
        return
    with st.container(key="today", gap="small"):
        for name in NAMES:
            _show(view, name, sides[0][name], sides[1][name], hours)
    against = _("Against {day} up to the same time.", day=written_day(then.first, "long_weekday"))
    st.caption(" ".join([against, *_events(view, now, then)]))


def heading(as_of: datetime, zone: str) -> str:
    """Return what the section is called: a history that has ended has no today, but a last day."""
    is_past = as_of.date() < datetime.now(ZoneInfo(zone)).date()
    parts = {"day": written_day(as_of, "long_weekday"), "time": f"{as_of:%H:%M}", "zone": zone}
    if is_past:
        return _("The last day loaded, {day}, as of {time} ({zone})", **parts)
    return _("Today, {day}, as of {time} ({zone})", **parts)


def _show(view: View, name: str, now: float | None, then: float | None, hours: pl.DataFrame) -> None:
    entry = view.metric(TODAY, name)
    by_hour: list[float] = hours[name].cast(pl.Float64).fill_null(0).to_list()
    change = written_change(now, then, entry.unit)
    st.metric(
        called(entry),
        written(now, entry.unit, view.currency),
        change,
        delta_color="off",
        delta_arrow="auto" if change and not change.startswith("+0.0") else "off",
        help=_("{meaning} The line is by hour.", meaning=meaning(entry)),
        chart_data=by_hour if len(by_hour) > 1 else None,
        border=True,
        height="stretch",
    )


def _events(view: View, now: Period, then: Period) -> list[str]:
    if not view.is_of_china:
        return []
    ours, theirs = (listed(called_events(events(view.serving, period))) for period in (now, then))
    sentences = [_("{events} fell on this day.", events=ours)] if ours else []
    return sentences + ([_("{events} fell on that one.", events=theirs)] if theirs else [])
