"""The line below every page: how fresh, which build, and whether the audit complained."""

from zoneinfo import ZoneInfo

import polars as pl
import streamlit as st

from dashboards.cache import published_file
from dashboards.choice.view import View
from dashboards.languages.messages import _, ngettext
from dashboards.languages.writing import written
from serving import health


def show_footer(view: View, data_health: str | None) -> None:
    """Draw the line; ``data_health`` is the file of the page linked, None for who may not see it."""
    serving = view.serving
    st.divider()
    reach = health.freshness(serving).select("provider_name", "as_of_at", "time_zone").sort("provider_name")
    as_of = " · ".join(
        _(
            "{provider} as of {time} {zone}",
            provider=name,
            time=written(moment.astimezone(ZoneInfo(zone)), "time"),
            zone=zone,
        )
        for name, moment, zone in reach.rows()
        if moment is not None
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.caption(
            _("{as_of} · build {build}", as_of=as_of, build=serving.build["build_id"]), width="content"
        )
        if data_health is not None:
            unmet = len(health.audit(serving).filter(~pl.col("is_met")))
            st.page_link(data_health, label=_health(unmet), icon=":material/health_metrics:")
    _watch(published_file())


def _health(unmet: int) -> str:
    if not unmet:
        return _("Data health")
    return ngettext(
        "Data health ● {count} audit warning", "Data health ● {count} audit warnings", unmet, count=unmet
    )


@st.fragment(run_every="10s")
def _watch(shown: tuple[str, int] | None) -> None:
    """Notice a newly published build and draw the page again from it."""
    if published_file() != shown:
        st.rerun()
