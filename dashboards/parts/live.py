"""What was pushed and is not published yet: a parcel's newest scans, and how far behind the worker is."""

import polars as pl
import streamlit as st

from dashboards.choice.view import View
from dashboards.languages.messages import _, ngettext
from dashboards.languages.writing import written
from serving.live import Worker, live_scans, read_worker
from warehouse.settings import Settings

#: So often a page looks for what was pushed, seconds.
_LOOK_SECONDS = 2


@st.fragment(run_every=_LOOK_SECONDS)
def show_live(view: View, asked: str) -> None:
    """Draw the scans of a waybill that no published build has, as they come; nothing where there are none."""
    settings = Settings.from_environment()
    if settings.published_file() != view.serving.path:
        st.rerun()  # What was live is in the build that the page shows then.
    scans = live_scans(settings, view.serving, asked)
    if scans.is_empty():
        return
    with st.container(border=True):
        st.subheader(_("Just pushed, not yet audited"), anchor=False)
        st.dataframe(
            _shown(view, scans),
            hide_index=True,
            column_config={
                name: st.column_config.DatetimeColumn(
                    _("{label}, {unit}", label=name, unit=view.time_zone),
                    format="YYYY-MM-DD HH:mm:ss",
                    timezone=view.time_zone,
                )
                for name in (_("Occurred at"), _("Pushed at"))
            },
            placeholder="–",
            alt=_("Just pushed, not yet audited"),
        )
        st.caption(
            _("As the courier sent it, people masked. It counts in no number until a build has been audited.")
        )


def _shown(view: View, scans: pl.DataFrame) -> pl.DataFrame:
    milestones = [view.names.of("milestone", code) if code else None for code in scans["milestone"]]
    return scans.select(
        pl.col("occurred_at").alias(_("Occurred at")),
        pl.Series(_("Milestone"), milestones, pl.String),
        pl.col("place_name").alias(_("Place")),
        pl.col("event_text").alias(_("The courier's words")),
        pl.col("pushed_at").alias(_("Pushed at")),
    )


def show_worker(view: View) -> None:
    """Say whether a worker is there, and how long a push waits; nothing where none ever was."""
    worker = read_worker(Settings.from_environment().worker)
    if worker is None:
        return
    st.subheader(_("Pushes and files on their way"), anchor=False)
    with st.container(key="worker"):
        st.metric(_("Worker"), _state(worker), border=True)
        lag = (
            "–"
            if worker.lag_seconds is None
            else _("{seconds} s", seconds=written(worker.lag_seconds, "count"))
        )
        st.metric(
            _("From push to published"),
            lag,
            help=_("How long the oldest push of the last published build had waited for it."),
            border=True,
        )
        st.metric(_("Segments waiting"), written(worker.waiting_count, "count"), border=True)
        st.metric(
            _("Segments refused"),
            written(worker.refused_count, "count"),
            help=_("Files of pushes that could not be read; they are kept for people to look at."),
            border=True,
        )
    if worker.waiting_since is not None:
        when = written(worker.waiting_since.astimezone(view.zone), "time")
        st.caption(
            ngettext(
                "{count} segment of pushes waits to be published, since {time}.",
                "{count} segments of pushes wait to be published, since {time}.",
                worker.waiting_count,
                count=written(worker.waiting_count, "count"),
                time=when,
            )
        )


def _state(worker: Worker) -> str:
    if not worker.is_there():
        return _("Gone")
    return _("Building") if worker.is_building else _("Waiting")
