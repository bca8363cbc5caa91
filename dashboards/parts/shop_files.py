"""Files that a shop takes home: a row of links for each kind, and what they hold."""

from urllib.parse import urlencode

import streamlit as st

from dashboards.choice.view import View
from dashboards.languages.messages import _, ngettext
from dashboards.languages.writing import called, meaning, written
from dashboards.parts.figure import named
from serving.access import Grant
from serving.dictionary import Entry
from serving.extract_kinds import KINDS, What
from serving.extracts import FORMS, SHEET_ROWS_MAX, ExtractError, manifest


def show_files(view: View, grant: Grant, merchant_id: str, what: What, title: str) -> bool:
    """Draw how many rows there are and the links to them; tell whether there are any."""
    try:
        about = manifest(view.serving, grant, merchant_id, what)
    except ExtractError:
        st.info(_("This shop has none in the published data."))
        return False
    st.caption(
        ngettext(
            "{count} row · build {build} · times in {zone}",
            "{count} rows · build {build} · times in {zone}",
            about["row_count"],
            count=written(about["row_count"], "count"),
            build=about["build_id"],
            zone=about["time_zone"],
        )
    )
    with st.container(horizontal=True):
        for form in FORMS:
            st.link_button(
                named(form[1:].upper() if form == ".csv" else form[1:], title),
                _link(merchant_id, f"{what}{form}"),
                icon=":material/download:",
                disabled=form == ".xlsx" and about["row_count"] > SHEET_ROWS_MAX,
            )
        st.link_button(
            named(_("manifest"), title),
            _link(merchant_id, f"{what}.csv.manifest.json"),
            icon=":material/description:",
            type="tertiary",
        )
    return True


def show_columns(view: View, what: What) -> None:
    """Draw what the columns of a kind of rows mean."""
    with st.expander(_("Columns and their meanings")):
        st.dataframe(
            [_line(column) for column in view.serving.dictionary.columns(KINDS[what].table)], hide_index=True
        )


def _line(column: Entry) -> dict[str, str]:
    return {
        _("Column"): column.name,
        _("Called"): called(column),
        _("Unit"): column.unit,
        _("Meaning"): meaning(column),
    }


def _link(merchant_id: str, name: str) -> str:
    """Return where the server gives out a file of the shop, to who may have it."""
    return f"/take/{name}?{urlencode({'merchant': merchant_id})}"
