"""Which language a reader's pages speak: as the URL says, else as the browser does."""

from contextvars import ContextVar

import streamlit as st

from serving.formats import Language

#: What each calls itself.
LANGUAGES: dict[Language, str] = {"en": "English", "zh_CN": "简体中文"}

_NAME = "language"
_KEPT = "kept_language"
#: Of the page that is drawn: it asks some thousand times, and Streamlit takes its time for each answer.
_drawn: ContextVar[Language | None] = ContextVar("drawn", default=None)


def language() -> Language:
    """Return this reader's language; English where the browser speaks none of ours."""
    return _drawn.get() or _asked()


def _asked() -> Language:
    asked = st.query_params.get(_NAME)
    of_browser = (st.context.locale or "").partition("-")[0]
    likely = (one for one in LANGUAGES if one == asked or (asked is None and one[:2] == of_browser))
    return next(likely, "en")


def keep_language() -> None:
    """Carry the choice over to another page, and hold it while this one is drawn.

    Streamlit empties the URL when the page changes.
    """
    if _NAME in st.query_params:
        st.session_state[_KEPT] = st.query_params[_NAME]
    elif _KEPT in st.session_state:
        st.query_params[_NAME] = st.session_state[_KEPT]
    _drawn.set(_asked())


def in_language(address: str) -> str:
    """Return an address with the language that the reader chose, which a new tab would not know."""
    return f"{address}&{_NAME}={st.query_params[_NAME]}" if _NAME in st.query_params else address


def is_language_alone() -> bool:
    """Tell whether the URL says nothing but, perhaps, the language."""
    return not set(st.query_params) - {_NAME}


def show_languages() -> None:
    """Draw the switch, and tell the browser which language the page is in."""
    now = language()
    st.session_state[_NAME] = now
    tag = now.replace("_", "-")
    with st.container(gap=None):
        st.segmented_control(
            "Language · 语言",
            list(LANGUAGES),
            format_func=LANGUAGES.__getitem__,
            key=_NAME,
            required=True,
            label_visibility="collapsed",
            on_change=_changed,
        )
        st.html(f"<script>document.documentElement.lang = '{tag}'</script>", unsafe_allow_javascript=True)


def _changed() -> None:
    st.query_params[_NAME] = st.session_state[_NAME]
