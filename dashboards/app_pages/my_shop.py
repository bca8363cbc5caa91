"""How do my parcels do, and what may I take home?"""

from datetime import date
from functools import partial

import streamlit as st

from dashboards.choice.pick import pick_one
from dashboards.choice.view import View, current_view
from dashboards.languages.messages import N_, _
from dashboards.languages.writing import called, written, written_day
from dashboards.parts.access_log import show_access_log
from dashboards.parts.courier_choice import show_saving_of_shop
from dashboards.parts.figure import show_beside, show_figure, show_table
from dashboards.parts.finding import show_finding
from dashboards.parts.own_estimates import own_parcels
from dashboards.parts.shop_files import show_columns, show_files
from dashboards.parts.shop_month import ShopMonth, as_options, months_of
from dashboards.reader import current_grant
from serving.access import Grant
from serving.estimates import has_estimates
from serving.extract_kinds import KINDS, What
from serving.period import Period
from serving.published import Conditions
from serving.shop import Shop, shops

#: The lists: kind → what it is called, hours or money first as each is ordered.
LISTS: dict[What, str] = {
    "late_dispatch": N_("Late dispatch"),
    "no_first_scan": N_("No first scan"),
    "late_delivery": N_("Late delivery"),
    "stalled": N_("Stalled parcels"),
    "billing_differences": N_("Billing differences"),
}
LATE = [
    *("late_hours", "waybill_number", "order_numbers", "courier_id", "destination_province_id", "status"),
    *("due_date", "promised_ship_at", "consigned_at", "picked_up_at", "promised_delivery_at"),
    "first_attempt_at",
]
STALLED = [
    *("silent_hours", "place_of_silence", "waybill_number", "courier_id", "destination_province_id"),
    *("status", "purpose", "last_event_at", "promised_delivery_at"),
]
BILLED = [
    *("billing_difference_amount", "difference_reason", "waybill_number", "order_numbers", "courier_id"),
    *("destination_province_id", "weight_grams", "freight_cost_amount", "card_amount", "rate_card"),
    "priced_date",
]
COLUMNS: dict[What, list[str]] = {"stalled": STALLED, "billing_differences": BILLED}
#: The dates by which a list is of a month.
DATES: dict[What, str | None] = {"stalled": None, "billing_differences": "priced_date"}
ROWS: dict[What, str] = {"order_lines": N_("Order lines"), "waybills": N_("Waybills")}
#: Its couriers and lanes over all months.
SCORES: dict[What, str] = {"scorecard": N_("Couriers"), "lanes": N_("Lanes")}
#: Rows of a list that the page shows; the file has all.
_SHOWN_MAX = 1_000


def show_list(view: View, shop: Shop, what: What, month: date) -> None:
    """Draw one list of parcels and its files; of the month, but for those that are silent now."""
    kind, title = KINDS[what], _(LISTS[what])
    filters: Conditions = dict(kind.filters)
    dated = DATES.get(what, "due_date")
    if dated:
        filters = {**filters, dated: Period(month, month).months()}
    rows = shop.rows(kind.table, COLUMNS.get(what, LATE), filters, kind.order_by, _SHOWN_MAX)
    of = written_day(month, "month")
    if dated == "priced_date":
        st.caption(
            _(
                "Billed otherwise than the rate card says, or without one price by it, in {month}; the files "
                "hold every month.",
                month=of,
            )
        )
    elif dated:
        st.caption(_("Due in {month}; the files hold every month.", month=of))
    else:
        st.caption(_("Silent for 48 hours or more at the newest data, of every month."))
    if rows.is_empty():
        st.caption(_("None."))
    else:
        show_table(view, kind.table, rows, key=what)
    if len(rows) == _SHOWN_MAX:
        st.caption(_("The first {count}; the files hold all.", count=written(_SHOWN_MAX, "count")))
    show_files(view, shop.grant, shop.merchant_id, what, title)


def show_rows(view: View, shop: Shop, what: What) -> None:
    """Draw one kind of rows to take home: how many, the files, and what they hold."""
    title = _(ROWS[what])
    with st.container(border=True):
        st.subheader(title, anchor=False)
        if show_files(view, shop.grant, shop.merchant_id, what, title):
            show_columns(view, what)


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


def show_month(view: View, shop: Shop) -> None:
    """Draw the month that is chosen: finding, tiles, charts, the parcels to appeal, couriers and lanes."""
    months = months_of(shop)
    if not months:
        show_finding(_("No parcel of this shop was picked up yet."))
        return
    told = shop.market("platform")["month_date"].to_list()
    # The newest month that may be compared, else the newest.
    opening = next((month for month in months if month in told), months[0])
    with st.container(width=240):
        pick_one(_("Month"), as_options(months), "month", f"{opening:%Y-%m}")
    chosen = ShopMonth(view, shop, date.fromisoformat(f"{st.session_state['month']}-01"))
    show_finding(chosen.finding())
    st.caption(
        _("All of the shop's rows and no one else's; consumers are pseudonyms that only its files share.")
    )
    chosen.show_tiles()
    show_figure(view, _("This shop's median beside the market's"), chosen.over_time)
    show_lists(view, shop, chosen.month)
    show_beside(
        view,
        {_("Where the time goes"): chosen.stages},
        {_("Couriers"): chosen.couriers, _("Lanes"): chosen.lanes},
    )


def show_lists(view: View, shop: Shop, month: date) -> None:
    """Draw what the shop needs to appeal a platform's penalty, and to get money back from couriers."""
    st.subheader(_("Late and silent parcels, and what was billed"), anchor=False)
    for tab, what in zip(st.tabs([_(title) for title in LISTS.values()]), LISTS, strict=True):
        with tab:
            show_list(view, shop, what, month)


def show_taken(view: View, shop: Shop) -> None:
    """Draw all that the shop may take home whole."""
    st.subheader(_("To take home"), anchor=False)
    left, right = st.columns(2)
    with left:
        show_rows(view, shop, "order_lines")
    with right:
        show_rows(view, shop, "waybills")
    for place, what in zip(st.columns(2), SCORES, strict=True):
        with place, st.container(border=True):
            title = _(SCORES[what])
            st.subheader(title, anchor=False)
            show_files(view, shop.grant, shop.merchant_id, what, title)


def show(view: View) -> None:
    """Draw the page."""
    grant = current_grant()
    merchant = choose_shop(view, grant)
    if merchant is None:
        return
    shop, of_platform = Shop(view.serving, grant, merchant), view.of_merchant(merchant)
    show_month(of_platform, shop)
    if has_estimates(view.serving):
        show_figure(
            of_platform,
            _("When parcels under way are there"),
            partial(own_parcels, grant=grant, merchant_id=merchant),
        )
    show_saving_of_shop(of_platform, grant, merchant)
    show_taken(of_platform, shop)
    show_access_log(grant, merchant)


show(current_view())
