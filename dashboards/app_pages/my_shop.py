"""How do my parcels do, and what may I take home?"""

import json
import tempfile
from functools import partial
from pathlib import Path

import streamlit as st

from dashboards.choice.view import View, current_view
from dashboards.languages.messages import N_, _, ngettext
from dashboards.languages.writing import called, meaning, written
from dashboards.parts.figure import named, show_table
from dashboards.parts.finding import show_finding
from serving.extracts import SHEET_ROWS_MAX, ExtractError, What, manifest, write_extract

STALLED = "mart_stalled_parcels"
#: Columns of it that say nothing to its merchant: the courier and the number stand beside the one.
KEYS = {"waybill_id", "merchant_id", "provider_id", "platform_id", "currency"}
KINDS: dict[What, str] = {"order_lines": N_("Order lines"), "waybills": N_("Waybills")}
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
    title = _(KINDS[what])
    with st.container(border=True):
        st.subheader(title, anchor=False)
        try:
            about = manifest(view.serving, merchant_id, what)
        except ExtractError:
            st.info(_("This shop has none in the published data."))
            return
        st.caption(
            ngettext(
                "{count} row · build {build} · times in {zone}",
                "{count} rows · build {build} · times in {zone}",
                about["row_count"],
                count=written(about["row_count"], "count"),
                build=about["build_id"],
                zone=about["time_zone"],
            )
        )
        stem = f"{merchant_id.replace(':', '-')}-{what}-{about['build_id']}"
        with st.container(horizontal=True):
            for suffix, mime in FORMATS.items():
                st.download_button(
                    named(suffix[1:].upper() if suffix == ".csv" else suffix[1:], title),
                    partial(file_of, view.serving.path, merchant_id, what, suffix),
                    file_name=f"{stem}{suffix}",
                    mime=mime,
                    icon=":material/download:",
                    key=f"{what}{suffix}",
                    disabled=suffix == ".xlsx" and about["row_count"] > SHEET_ROWS_MAX,
                    on_click="ignore",
                )
            st.download_button(
                named(_("manifest"), title),
                json.dumps(about, ensure_ascii=False, indent=2),
                file_name=f"{stem}.manifest.json",
                mime="application/json",
                icon=":material/description:",
                key=f"{what} manifest",
                type="tertiary",
                on_click="ignore",
            )
        with st.expander(_("Columns and their meanings")):
            st.dataframe(
                [
                    {
                        _("Column"): column.name,
                        _("Called"): called(column),
                        _("Unit"): column.unit,
                        _("Meaning"): meaning(column),
                    }
                    for column in view.serving.dictionary.columns(f"extract_{what}")
                ],
                hide_index=True,
            )


def choose_shop(view: View) -> str | None:
    """Return the shop's id, as the URL has it; None where it names none that has rows, which is said."""
    merchants = view.serving.values("extract_order_lines", "merchant_id")
    if not merchants:
        st.info(_("No merchant has rows in this build."))
        return None
    asked = st.query_params.get("merchant", merchants[0])
    is_known = asked in merchants

    def changed() -> None:
        st.query_params["merchant"] = st.session_state["shop"]

    st.session_state["shop"] = asked if is_known else None
    st.selectbox(
        called(view.serving.dictionary.column("extract_order_lines", "merchant_id")),
        merchants,
        format_func=lambda value: f"{view.names.of('merchant_id', value)} ({value})",
        placeholder=_("Choose a shop"),
        key="shop",
        on_change=changed,
    )
    if not is_known:
        st.warning(_("No shop with the id {id} has rows in this build: choose one.", id=asked))
    return asked if is_known else None


def show(view: View) -> None:
    """Draw the page."""
    merchant = choose_shop(view)
    if merchant is None:
        return
    columns = [entry.name for entry in view.serving.dictionary.columns(STALLED) if entry.name not in KEYS]
    stalled = view.serving.rows(STALLED, columns, {"merchant_id": [merchant]}, order_by="silent_hours")
    count = len(stalled)
    show_finding(
        ngettext(
            "{count} parcel of this shop has been silent for 48 hours or more.",
            "{count} parcels of this shop have been silent for 48 hours or more.",
            count,
            count=written(count, "count"),
        )
        if count
        else _("None of this shop's parcels has been silent for 48 hours.")
    )
    st.caption(
        _("All of the shop's rows and no one else's; consumers are pseudonyms that only its files share.")
    )
    left, right = st.columns(2)
    with left:
        show_extract(view, merchant, "order_lines")
    with right:
        show_extract(view, merchant, "waybills")
    if count:
        st.subheader(_("Stalled parcels"), anchor=False)
        show_table(view.of_merchant(merchant), STALLED, stalled, key="stalled")


show(current_view())
