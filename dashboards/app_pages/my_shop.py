"""How do my parcels do, and what may I take home?"""

import json
import tempfile
from functools import partial
from pathlib import Path

import streamlit as st

from dashboards.choice.view import View, current_view
from dashboards.parts.figure import show_table
from dashboards.parts.finding import show_finding
from serving.extracts import SHEET_ROWS_MAX, ExtractError, What, manifest, write_extract
from serving.formats import written

STALLED = "mart_stalled_parcels"
#: Columns of it that say nothing to its merchant: the courier and the number stand beside the one.
KEYS = {"waybill_id", "merchant_id"}
KINDS: dict[What, str] = {"order_lines": "Order lines", "waybills": "Waybills"}
FORMATS = {
    ".csv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def file_of(serving: Path, merchant_id: str, what: What, suffix: str) -> bytes:
    """Return the extract's bytes; made only when the reader asks for it."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / f"{what}{suffix}"
        write_extract(serving, merchant_id, what, out)
        return out.read_bytes()


def show_extract(view: View, merchant_id: str, what: What) -> None:
    """Draw one kind of rows: how many, the downloads, and what they hold."""
    with st.container(border=True):
        st.subheader(KINDS[what], anchor=False)
        try:
            about = manifest(view.serving, merchant_id, what)
        except ExtractError as error:
            st.info(str(error))
            return
        rows = written(about["row_count"], "count")
        st.caption(f"{rows} rows · build {about['build_id']} · times in {about['time_zone']}")
        stem = f"{merchant_id.replace(':', '-')}-{what}-{about['build_id']}"
        with st.container(horizontal=True):
            for suffix, mime in FORMATS.items():
                st.download_button(
                    suffix[1:].upper() if suffix == ".csv" else suffix[1:],
                    partial(file_of, view.serving.path, merchant_id, what, suffix),
                    file_name=f"{stem}{suffix}",
                    mime=mime,
                    icon=":material/download:",
                    key=f"{what}{suffix}",
                    disabled=suffix == ".xlsx" and about["row_count"] > SHEET_ROWS_MAX,
                    on_click="ignore",
                )
            st.download_button(
                "manifest",
                json.dumps(about, ensure_ascii=False, indent=2),
                file_name=f"{stem}.manifest.json",
                mime="application/json",
                icon=":material/description:",
                key=f"{what} manifest",
                type="tertiary",
                on_click="ignore",
            )
        with st.expander("Columns and their meanings"):
            st.dataframe(about["columns"], hide_index=True)


def show(view: View) -> None:
    """Draw the page."""
    merchants = view.serving.values("extract_order_lines", "merchant_id")
    if not merchants:
        st.info("No merchant has rows in this build.")
        return
    label = view.serving.dictionary.column("extract_order_lines", "merchant_id").label
    merchant = st.selectbox(
        label,
        merchants,
        format_func=lambda value: f"{view.names.of('merchant_id', value)} ({value})",
        key="merchant",
        bind="query-params",
    )
    columns = [entry.name for entry in view.serving.dictionary.columns(STALLED) if entry.name not in KEYS]
    stalled = view.serving.rows(STALLED, columns, {"merchant_id": [merchant]}, order_by="silent_hours")
    show_finding(
        f"{len(stalled)} of this shop's parcels have been silent for 48 hours or more."
        if len(stalled)
        else "None of this shop's parcels has been silent for 48 hours."
    )
    st.caption(
        "All of the shop's rows and no one else's; consumers are pseudonyms that only its files share."
    )
    left, right = st.columns(2)
    with left:
        show_extract(view, merchant, "order_lines")
    with right:
        show_extract(view, merchant, "waybills")
    if len(stalled):
        st.subheader("Stalled parcels", anchor=False)
        show_table(view, STALLED, stalled, key="stalled")


show(current_view())
