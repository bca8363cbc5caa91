"""What people keep for each other, in the sidebar: views by name, and notes of days."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qs, urlencode

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.navigation.page import StreamlitPage

from dashboards.choice.view import View
from dashboards.languages.messages import _
from dashboards.languages.writing import written_period
from serving.kept import KeptError, Note, read_notes, read_views, write_notes, write_views
from serving.period import Period
from warehouse.settings import Settings

Kept = TypeVar("Kept")


def show_views(view: View, page: str, pages: Mapping[str, StreamlitPage]) -> None:
    """Draw the saved views and the means to keep this one.

    Args:
        view: the reader's look.
        page: the URL path of the page.
        pages: each page by its URL path.
    """
    path = Settings.from_environment().views
    with st.sidebar.popover(_("Saved views"), icon=":material/bookmark:"):
        if (views := _read(read_views, path)) is None:
            return
        for name, url in views.items():
            place = url.partition("?")[0]
            left, right = st.columns([5, 1])
            if place in pages and left.button(name, key=f"view {name}", type="tertiary"):
                st.switch_page(pages[place], query_params=parse_qs(url.partition("?")[2]))
            if _is_forgotten(right, name, f"no view {name}"):
                write_views(path, {other: url for other, url in views.items() if other != name})
                st.rerun()
        with st.form("keep_view", border=False):
            name = st.text_input(_("Name of this view"), max_chars=80, key="view_name").strip()
            if st.form_submit_button(_("Keep this view")) and name:
                query = urlencode(view.filters.to_query(), doseq=True)
                write_views(path, {**views, name: f"{page}?{query}" if query else page})
                st.rerun()


def show_notes(view: View) -> None:
    """Draw the notes and the means to write one."""
    path = Settings.from_environment().notes
    with st.sidebar.popover(_("Notes"), icon=":material/edit_note:"):
        if (notes := _read(read_notes, path)) is None:
            return
        for place, note in enumerate(notes):
            left, right = st.columns([5, 1])
            left.caption(_("{period}: {what}", period=written_period(note.period), what=note.text))
            if _is_forgotten(right, note.text, f"no note {place}"):
                write_notes(path, notes[:place] + notes[place + 1 :])
                st.rerun()
        with st.form("write_note", border=False):
            last = view.period.last
            days = st.date_input(_("Of these days"), (last - timedelta(days=6), last))
            text = st.text_input(_("What happened"), max_chars=120).strip()
            if st.form_submit_button(_("Keep this note")) and text and isinstance(days, tuple) and days:
                write_notes(path, [*notes, Note(Period(days[0], days[-1]), text)])
                st.rerun()


def _read(read: Callable[[Path], Kept], path: Path) -> Kept | None:
    """Return what is kept; None where the file is damaged, which is said."""
    try:
        return read(path)
    except KeptError as error:
        st.warning(str(error))
        return None


def _is_forgotten(place: DeltaGenerator, what: str, key: str) -> bool:
    """Draw the button that forgets one; its name is heard, and not seen beside the icon."""
    called = _("Forget {what}", what=what)
    return place.button(f"*{called}*", key=key, icon=":material/delete:", type="tertiary")
