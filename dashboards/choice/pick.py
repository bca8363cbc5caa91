"""A choice that one page alone has, kept in the URL as the filters are."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import streamlit as st


def pick(label: str, options: Mapping[str, str], key: str) -> None:
    """Draw a choice among ``options`` (code → what it is called); the first is the default.

    The URL holds the code, which is the same in every language, and ``st.session_state[key]`` does, too.
    """
    st.segmented_control(label, list(options), required=True, **_kept(options, key))


def pick_one(label: str, options: Mapping[str, str], key: str, default: str | None = None) -> None:
    """Draw the same choice where the options are too many to stand beside each other."""
    st.selectbox(label, list(options), **_kept(options, key, default))


#: Days that can be picked.
_FIRST, _LAST = date(2000, 1, 1), date(2049, 12, 31)


def pick_day(label: str, key: str, default: date) -> date:
    """Draw the choice of a day, which the URL holds, and return it; one that is none is the default."""
    try:
        chosen = date.fromisoformat(st.query_params.get(key, ""))
    except ValueError:
        chosen = default
    if not _FIRST <= chosen <= _LAST:
        chosen = default
    st.session_state[key] = chosen
    st.date_input(
        label, min_value=_FIRST, max_value=_LAST, key=key, on_change=_day_changed, args=(key, default)
    )
    return chosen


def _day_changed(key: str, default: date) -> None:
    _keep(key, str(st.session_state[key] or default), str(default))


def _kept(options: Mapping[str, str], key: str, default: str | None = None) -> dict[str, Any]:
    """Return how either is drawn, with what the URL says chosen."""
    default = default or next(iter(options))
    asked = st.query_params.get(key, "")
    st.session_state[key] = asked if asked in options else default
    called = options.__getitem__
    return {"format_func": called, "key": key, "on_change": _changed, "args": (key, default)}


def _changed(key: str, default: str) -> None:
    _keep(key, st.session_state[key], default)


def _keep(key: str, chosen: str, default: str) -> None:
    if chosen != default:
        st.query_params[key] = chosen
    elif key in st.query_params:
        del st.query_params[key]
