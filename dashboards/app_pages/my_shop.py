"""How do my parcels do, and what may I take home?"""

from urllib.parse import urlencode

import streamlit as st

from dashboards.choice.view import View, current_view
from dashboards.languages.messages import N_, _, ngettext
from dashboards.languages.writing import called, meaning, written
from dashboards.parts.access_log import show_access_log
from dashboards.parts.figure import named, show_table
from dashboards.parts.finding import show_finding
from dashboards.reader import current_grant
from serving.access import Grant
from serving.extracts import FORMS, SHEET_ROWS_MAX, ExtractError, What, manifest
from serving.shop import Shop, shops

STALLED = "mart_stalled_parcels"
LISTED = [
    *("silent_hours", "place_of_silence", "waybill_number", "courier_id", "destination_province_id"),
    *("status", "purpose", "last_event_at", "promised_delivery_at"),
]
KINDS: dict[What, str] = {"order_lines": N_("Order lines"), "waybills": N_("Waybills")}


def link_to(merchant_id: str, name: str) -> str:
    """Return where the server gives out a file of the shop, to who may have it."""
    return f"/take/{name}?{urlencode({'merchant': merchant_id})}"


def show_extract(view: View, grant: Grant, merchant_id: str, what: What) -> None:
    """Draw one kind of rows: how many, the downloads, and what they hold."""
    title = _(KINDS[what])
    with st.container(border=True):
        st.subheader(title, anchor=False)
        try:
            about = manifest(view.serving, grant, merchant_id, what)
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
        with st.container(horizontal=True):
            for form in FORMS:
                st.link_button(
                    named(form[1:].upper() if form == ".csv" else form[1:], title),
                    link_to(merchant_id, f"{what}{form}"),
                    icon=":material/download:",
                    disabled=form == ".xlsx" and about["row_count"] > SHEET_ROWS_MAX,
                )
            st.link_button(
                named(_("manifest"), title),
                link_to(merchant_id, f"{what}.csv.manifest.json"),
                icon=":material/description:",
                type="tertiary",
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


def choose_shop(view: View, grant: Grant) -> str | None:
    """Return the shop's id, as the URL has it; None where it names none of this reader's, which is said."""
    merchants = shops(view.serving, grant)
    if not merchants:
        none = _("No merchant has rows in this build.")
        st.info(none if grant.sees_market else _("None of your shops has rows in this build."))
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
        none = _("No shop with the id {id} has rows in this build: choose one.", id=asked)
        not_yours = _("None of your shops with the id {id} has rows in this build: choose one.", id=asked)
        st.warning(none if grant.sees_market else not_yours)
    return asked if is_known else None


def show(view: View) -> None:
    """Draw the page."""
    grant = current_grant()
    merchant = choose_shop(view, grant)
    if merchant is None:
        return
    shop = Shop(view.serving, grant, merchant)
    stalled = shop.rows(STALLED, LISTED, order_by="silent_hours")
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
        show_extract(view, grant, merchant, "order_lines")
    with right:
        show_extract(view, grant, merchant, "waybills")
    if count:
        st.subheader(_("Stalled parcels"), anchor=False)
        show_table(view.of_merchant(merchant), STALLED, stalled, key="stalled")
    show_access_log(grant, merchant)


show(current_view())
