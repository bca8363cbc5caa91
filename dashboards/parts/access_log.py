"""Who took which rows, as a table under what it is about."""

import polars as pl
import streamlit as st

from dashboards.languages.messages import N_, _
from serving.access import Grant
from serving.access_log import entries
from warehouse.settings import Settings

_LABELS = {
    "logged_at": N_("When (UTC)"),
    "user_name": N_("Who"),
    "action": N_("What happened"),
    "what": N_("What"),
    "merchant_id": N_("Shop"),
    "build_id": N_("Build"),
    "row_count": N_("Rows"),
}
_ACTIONS = {"link": N_("link given"), "download": N_("downloaded"), "refused": N_("refused")}


def show_access_log(grant: Grant, merchant_id: str | None = None) -> None:
    """Draw the lines that this reader may see: of one shop, or (for operators) of all."""
    found = entries(Settings.from_environment().access_log, grant, merchant_id)
    title = _("Who took these rows") if merchant_id else _("Who took which rows")
    st.subheader(title, anchor=False)
    if found.is_empty():
        st.caption(_("Nobody yet. Each link, download and refused try stands here."))
        return
    found = found.with_columns(pl.col("action").replace({one: _(said) for one, said in _ACTIONS.items()}))
    shown = found if merchant_id is None else found.drop("merchant_id")
    columns = {name: _(_LABELS[name]) for name in shown.columns}
    st.dataframe(shown, hide_index=True, column_config=columns, placeholder="–", alt=title)
