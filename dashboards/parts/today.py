"""Overview's first section: the day so far, against the same weekday up to the same time of day."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import streamlit as st

from dashboards.choice.view import NotNarrowedError, View
from dashboards.parts.figure import say_not_narrowed
from serving.events import events
from serving.formats import written, written_change
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
    st.caption(f"Against {then.first:%A %-d %b %Y} up to the same time.{_events(view, now, then)}")


def heading(as_of: datetime, zone: str) -> str:
    """Return what the section is called: a history that has ended has no today, but a last day."""
    is_past = as_of.date() < datetime.now(ZoneInfo(zone)).date()
    called = "The last day loaded" if is_past else "Today"
    return f"{called}, {as_of:%A %-d %b %Y}, as of {as_of:%H:%M} ({zone})"


def _show(view: View, name: str, now: float | None, then: float | None, hours: pl.DataFrame) -> None:
    entry = view.metric(TODAY, name)
    by_hour: list[float] = hours[name].cast(pl.Float64).fill_null(0).to_list()
    change = written_change(now, then, entry.unit)
    st.metric(
        entry.label,
        written(now, entry.unit, view.currency),
        change,
        delta_color="off",
        delta_arrow="auto" if change and not change.startswith("+0.0") else "off",
        help=f"{entry.description} The line is by hour.",
        chart_data=by_hour if len(by_hour) > 1 else None,
        border=True,
        height="stretch",
    )


def _events(view: View, now: Period, then: Period) -> str:
    parts = [
        f" {', '.join(names)} fell on {when}."
        for when, period in (("this day", now), ("that one", then))
        if (names := events(view.serving, period)["name"].to_list())
    ]
    return "".join(parts)
