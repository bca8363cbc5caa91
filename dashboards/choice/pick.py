"""A choice that one page alone has, kept in the URL as the filters are."""

from collections.abc import Mapping

import streamlit as st


def pick(label: str, options: Mapping[str, str], key: str) -> None:
    """Draw a choice among ``options`` (code → what it is called); the first is the default.

    The URL holds the code, which is the same in every language, and ``st.session_state[key]`` does, too.
    """
    _set(options, key)
    st.segmented_control(
        label,
        list(options),
        format_func=options.__getitem__,
        key=key,
        required=True,
        on_change=_changed,
        args=(key, next(iter(options))),
    )


def pick_one(label: str, options: Mapping[str, str], key: str) -> None:
    """Draw the same choice where the options are too many to stand beside each other."""
    _set(options, key)
    st.selectbox(
        label,
        list(options),
        format_func=options.__getitem__,
        key=key,
        on_change=_changed,
        args=(key, next(iter(options))),
    )


def _set(options: Mapping[str, str], key: str) -> None:
    asked = st.query_params.get(key, "")
    st.session_state[key] = asked if asked in options else next(iter(options))


def _changed(key: str, default: str) -> None:
    chosen = st.session_state[key]
    if chosen != default:
        st.query_params[key] = chosen
    elif key in st.query_params:
        del st.query_params[key]
