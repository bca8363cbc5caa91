"""What people keep for each other, in the sidebar: views by name, and notes of days."""

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import parse_qs, urlencode

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboards.choice.view import View
from serving.notes import Note, NotesError, read_notes, write_notes
from serving.period import Period
from serving.saved_views import ViewsError, read_views, write_views
from warehouse.settings import Settings


def show_views(view: View, page: str, pages: Mapping[str, StreamlitPage]) -> None:
    """Draw the saved views and the means to keep this one.

    Args:
        view: the reader's look.
        page: the URL path of the page.
        pages: each page by its URL path.
    """
    path = Settings.from_environment().views
    with st.sidebar.popover("Saved views", icon=":material/bookmark:"):
        try:
            views = read_views(path)
        except ViewsError as error:
            st.warning(str(error))
            return
        for name, url in views.items():
            place, _, query = url.partition("?")
            left, right = st.columns([5, 1])
            if place in pages and left.button(name, key=f"view {name}", type="tertiary"):
                st.switch_page(pages[place], query_params=parse_qs(query))
            if right.button("", key=f"no view {name}", icon=":material/delete:", help=f"Forget {name}"):
                write_views(path, {other: url for other, url in views.items() if other != name})
                st.rerun()
        with st.form("keep_view", border=False):
            name = st.text_input("Name of this view", max_chars=80, key="view_name").strip()
            if st.form_submit_button("Keep this view") and name:
                query = urlencode(view.filters.to_query(), doseq=True)
                write_views(path, {**views, name: f"{page}?{query}" if query else page})
                st.rerun()


def show_notes(view: View) -> None:
    """Draw the notes and the means to write one."""
    path = Settings.from_environment().notes
    with st.sidebar.popover("Notes", icon=":material/edit_note:"):
        try:
            notes = read_notes(path)
        except NotesError as error:
            st.warning(str(error))
            return
        for place, note in enumerate(notes):
            left, right = st.columns([5, 1])
            left.caption(f"{note.period}: {note.text}")
            if right.button(
                "", key=f"no note {place}", icon=":material/delete:", help=f"Forget: {note.text}"
            ):
                write_notes(path, [other for other in notes if other != note])
                st.rerun()
        with st.form("write_note", border=False):
            last = view.period.last
            days = st.date_input("Of these days", (last - timedelta(days=6), last))
            text = st.text_input("What happened", max_chars=120).strip()
            if st.form_submit_button("Keep this note") and text and isinstance(days, tuple) and days:
                write_notes(path, [*notes, Note(Period(days[0], days[-1]), text)])
                st.rerun()
