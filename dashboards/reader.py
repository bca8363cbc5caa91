"""Who reads this page: whom the gate before the pages vouches for, or whoever sits at this machine."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from urllib.parse import unquote

import streamlit as st

from dashboards.languages.messages import N_, _
from serving.access import THIS_MACHINE, Grant, Identity, Reason, RefusedError, grant, is_loopback
from warehouse.settings import Settings

_REFUSALS: dict[Reason, str] = {
    "nobody": N_("Sign in to see anything."),
    "session_ended": N_("Your session has ended: sign in again."),
    "unreadable": N_("Who may see what cannot be read at the moment: ask whoever runs this server."),
    "no_access": N_("{user} is signed in, but has no access yet: ask whoever runs this server."),
    "no_shop": N_("This shop is none of yours."),
    "link": N_("This link is none of yours."),
}


def current_grant() -> Grant:
    """Return what the reader may see now; asked at each run of a page. Raises RefusedError."""
    return grant_at_call()()


def grant_at_call() -> Callable[[], Grant]:
    """Return what tells at each call what this page's reader may see by then, or raises RefusedError.

    For what a click calls after the page has run: Streamlit does not say there who clicks.
    """
    settings = Settings.from_environment()
    if is_for_this_machine(settings):
        return lambda: THIS_MACHINE
    return partial(grant, settings.access, _identity())


def show_refusal(error: RefusedError) -> None:
    """Say why nothing is shown, and offer to sign in or, where that did not help, to leave."""
    st.title("waymart")
    st.info(_(_REFUSALS[error.reason], user=error.user))
    if _identity() is not None:
        st.button(_("Sign out"), icon=":material/logout:", on_click=st.logout)
    elif Settings.from_environment().sign_in.exists():
        st.button(_("Sign in"), icon=":material/login:", type="primary", on_click=st.login)


def show_reader(reader: Grant) -> None:
    """Say who is signed in, and offer to leave."""
    if reader != THIS_MACHINE:
        st.caption(_("Signed in as {user}", user=reader.user))
        st.button(_("Sign out"), icon=":material/logout:", type="tertiary", on_click=st.logout)


def is_for_this_machine(settings: Settings) -> bool:
    """Tell whether the pages are served to this machine alone and nobody signs in."""
    address = st.get_option("server.address") or ""
    return not settings.sign_in.exists() and is_loopback(address)


def _identity() -> Identity | None:
    """The user and the end of the session, from headers that only the gate can set (``api.gate``)."""
    said = st.user.to_dict()
    user, ends_at = said.get("waymart_user"), said.get("waymart_session_ends_at")
    if not isinstance(user, str) or not isinstance(ends_at, str):
        return None
    return Identity(unquote(user), datetime.fromisoformat(ends_at))
