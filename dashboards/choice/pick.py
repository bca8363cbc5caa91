"""A choice that one page alone has, kept in the URL as the filters are."""

from collections.abc import Mapping
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


def _kept(options: Mapping[str, str], key: str, default: str | None = None) -> dict[str, Any]:
    """Return how either is drawn, with what the URL says chosen."""
    default = default or next(iter(options))
    asked = st.query_params.get(key, "")
    st.session_state[key] = asked if asked in options else default
    called = options.__getitem__
    return {"format_func": called, "key": key, "on_change": _changed, "args": (key, default)}


def _changed(key: str, default: str) -> None:
    chosen = st.session_state[key]
    if chosen != default:
        st.query_params[key] = chosen
    elif key in st.query_params:
        del st.query_params[key]
