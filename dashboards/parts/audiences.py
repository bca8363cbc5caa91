"""The audiences that analysts keep: how large in which tier, how well they find, and the list to take."""

from collections.abc import Callable
from functools import partial

import polars as pl
import streamlit as st

from dashboards.choice.view import View
from dashboards.languages.messages import N_, _
from dashboards.languages.writing import listed, written
from serving.access import Grant
from serving.audiences import audience_rows, audiences
from serving.kept import KeptError
from serving.tiers import TIERS
from warehouse.settings import Settings

_LABELS = {
    "name": N_("Audience"),
    "products": N_("Bought early"),
    "buyer_count": N_("Early buyers"),
    "top_tenth_lift": N_("Lift of the top tenth"),
    "listed_count": N_("Accounts listed"),
    "kept_at": N_("Kept at (UTC)"),
}


def show_audiences(view: View, reading: Callable[[], Grant]) -> None:
    """Draw what is kept, for who sees the market; a merchant sees not even that there is something.

    Who reads is asked now, and again at each download.
    """
    reader = reading()
    if not reader.sees_market:
        return
    folder = Settings.from_environment().audiences
    with st.container(border=True):
        title = _("Audiences")
        st.subheader(title, anchor=False)
        try:
            kept = audiences(folder, reader)
        except KeptError as error:
            st.warning(str(error))
            return
        if not kept:
            st.caption(_("None is kept. `waymart audience PRODUCT… --keep NAME` keeps one."))
            return
        rows = [
            {
                "name": one.name,
                "products": listed(one.products[:3]) + (" …" if len(one.products) > 3 else ""),
                "buyer_count": one.buyer_count,
                "top_tenth_lift": round(one.top_tenth_lift, 1),
                "listed_count": one.listed_count,
                **{tier: one.tier_counts.get(tier, 0) for tier in TIERS},
                "kept_at": one.kept_at.replace(tzinfo=None),
            }
            for one in kept
        ]
        frame = pl.DataFrame(rows)
        frame = frame.drop([tier for tier in TIERS if not frame[tier].sum()])
        columns = {
            name: _(_LABELS[name]) if name in _LABELS else view.names.of("tier_fixed", name)
            for name in frame.columns
        }
        st.dataframe(frame, hide_index=True, column_config=columns, alt=title)
        st.caption(
            _(
                "Ranked by how much accounts buy like the early buyers, who are left out. Lift: of early "
                "buyers held out, how many times as many stand in the first tenth as by chance. Tiers are "
                "those of the last order."
            )
        )
        with st.container(horizontal=True, gap="small"):
            for one in kept:
                st.download_button(
                    _("Download {name} ({count})", name=one.name, count=written(one.listed_count, "count")),
                    partial(_csv, reading, one.name),
                    file_name=f"{one.name}.csv",
                    mime="text/csv",
                    icon=":material/download:",
                    type="tertiary",
                    key=f"audience {one.name}",
                    on_click="ignore",
                )


def _csv(reading: Callable[[], Grant], name: str) -> str:
    return audience_rows(Settings.from_environment().audiences, reading(), name).write_csv()
