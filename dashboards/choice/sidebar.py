"""The filters of every page, in the sidebar, and the chips of those that are on."""

from collections.abc import Callable
from dataclasses import fields
from datetime import date

import streamlit as st

from dashboards.choice.chosen import ORDERS
from dashboards.choice.filters import Filters
from dashboards.choice.menu import has_couriers
from dashboards.choice.period import (
    EVERYTHING,
    LAST_DAYS,
    LAST_MONTHS,
    month_names,
    parse_period,
    quarter_names,
)
from dashboards.choice.view import View
from dashboards.languages.language import is_language_alone
from dashboards.languages.messages import N_, _
from dashboards.languages.writing import called, written_period
from serving.tiers import TIERS, fixed_list_year, is_by_population

_PARCELS = "mart_delivery_time"
_SHOWN = "shown_page"
_KEPT = "kept_filters"

_KINDS = {
    LAST_MONTHS: N_("Last six months"),
    LAST_DAYS: N_("Last 28 days"),
    "month": N_("Month"),
    "quarter": N_("Quarter"),
    EVERYTHING: N_("Everything"),
    "custom": N_("Dates"),
}
#: Filters that are called as a column of the published tables is, and have its values.
_COLUMNS = {
    "platform": "platform_id",
    "province": "province_id",
    "courier": "courier_id",
    "channel": "channel",
}
_COMPARE = {"previous": N_("Previous period"), "year": N_("Same period last year")}


def keep_filters(page: str) -> None:
    """Carry the choice over to another page: Streamlit empties the URL when the page changes."""
    if st.session_state.get(_SHOWN, page) != page and is_language_alone():
        _write(st.session_state.get(_KEPT, Filters()))
    st.session_state[_SHOWN] = page


def show_sidebar(view: View) -> None:
    """Draw the filters as the URL has them; a change is written to the URL."""
    st.session_state[_KEPT] = view.filters
    with st.sidebar:
        _show_period(view)
        _select("compare", _("Compare with"), _in_words(_COMPARE), view)
        _multiselect("platform", "platform_id", _values(view, "platform_id", ORDERS, _PARCELS), view)
        _select("tier_reading", _("Tier reading"), _readings(view), view)
        _multiselect("tier", "tier_fixed", list(TIERS), view)
        _multiselect("province", "province_id", _provinces(view), view)
        if has_couriers(view.serving) or view.filters.courier:
            _multiselect("courier", "courier_id", _values(view, "courier_id", _PARCELS), view)
        _multiselect("channel", "channel", _values(view, "channel", ORDERS, _PARCELS), view)
        currencies = _values(view, "currency", ORDERS)
        if len(currencies) > 1 or view.filters.currency:
            options = {value: value for value in dict.fromkeys([view.currency, *currencies])}
            _select("currency", _("Currency"), options, view)


def show_chips(view: View) -> None:
    """Draw the filters that are on; a click clears one."""
    active = view.filters.active()
    if not active:
        return
    with st.container(horizontal=True, gap="small"):
        for name in active:
            st.button(
                f"{chip_text(view, name)} ✕",
                key=f"chip_{name}",
                help=_("Clear this filter"),
                on_click=clear,
                args=(name,),
            )


def chip_text(view: View, name: str) -> str:
    """Return a filter and its values in words."""
    value = getattr(view.filters, name)
    match name:
        case "period":
            return written_period(view.period)
        case "compare":
            return _("Compare with: {period}", period=_(_COMPARE[value]).lower())
        case "tier_reading":
            return _readings(view)[value]
        case "currency":
            return str(value)
    column = _COLUMNS.get(name, name)
    values = ", ".join(view.names.of(column, one) for one in value)
    return _("{filter}: {values}", filter=filter_label(view, name), values=values)


def _readings(view: View) -> dict[str, str]:
    """Return what the readings of tiers are called; the list is that of the country with the most orders."""
    year = fixed_list_year(view.serving, view.list_country)
    fixed = _("Fixed list ({year})", year=year) if year else _("Fixed list")
    if is_by_population(view.serving, view.list_country):
        fixed = _("Fixed list (by population)")
    return {"fixed": fixed, "at_date": _("List at the date")}


def _in_words(options: dict[str, str]) -> dict[str, str]:
    return {code: _(called) for code, called in options.items()}


def filter_label(view: View, name: str) -> str:
    """Return what a filter is called: as the data dictionary calls its column."""
    if name == "tier":
        return called(view.serving.dictionary.column(ORDERS, view.tier_column(ORDERS)))
    if name in _COLUMNS:
        table = ORDERS if name == "province" else _PARCELS
        return called(view.serving.dictionary.column(table, _COLUMNS[name]))
    return {
        "period": _("Period"),
        "compare": _("Compare with"),
        "tier_reading": _("Tier reading"),
        "currency": _("Currency"),
    }[name]


def clear(name: str) -> None:
    """Put one filter back to its default."""
    _write(_read().without(name))


def choose(name: str, value: str) -> None:
    """Set one filter to one value."""
    _write(_read().changed(name, [value]))


def _read() -> Filters:
    return Filters.from_query({name: st.query_params.get_all(name) for name in st.query_params})


def _write(filters: Filters) -> None:
    query = filters.to_query()
    for field in fields(Filters):
        if field.name in query:
            st.query_params[field.name] = query[field.name]
        elif field.name in st.query_params:
            del st.query_params[field.name]


def _changed(name: str) -> None:
    _write(_read().changed(name, st.session_state[f"filter_{name}"]))


def _values(view: View, column: str, *tables: str) -> list[str]:
    return list(dict.fromkeys(value for table in tables for value in view.serving.values(table, column)))


def _provinces(view: View) -> list[str]:
    """Return the provinces that were sold to of the country that is sold from; others hold few parcels."""
    of = {"country_code": view.home_countries}
    home = set(view.serving.rows("dim_provinces", ["province_id"], of, limit=10_000)["province_id"])
    return [one for one in _values(view, "province_id", ORDERS) if one in home]


def _select(name: str, label: str, options: dict[str, str], view: View) -> None:
    key = f"filter_{name}"
    st.session_state[key] = getattr(view.filters, name) or view.currency
    st.selectbox(
        label, list(options), format_func=options.__getitem__, key=key, on_change=_changed, args=(name,)
    )


def _multiselect(name: str, column: str, options: list[str], view: View) -> None:
    key, chosen = f"filter_{name}", list(getattr(view.filters, name))
    st.session_state[key] = chosen
    st.multiselect(
        filter_label(view, name),
        list(dict.fromkeys([*options, *chosen])),
        format_func=lambda value: view.names.of(column, value),
        placeholder=_("All"),
        key=key,
        on_change=_changed,
        args=(name,),
    )


def _show_period(view: View) -> None:
    text = view.filters.period
    try:
        period = parse_period(text, view.loaded)
    except ValueError:
        st.warning(
            _(
                "{text} is not a period: write 6m, 28d, 2019-06, 2019-Q2, 2019-06-01..2019-06-18 or all.",
                text=repr(text),
            )
        )
        text, period = LAST_MONTHS, view.period
    kind = text if text in _KINDS else "custom" if ".." in text else "quarter" if "Q" in text else "month"
    starts: dict[str, Callable[[], str]] = {
        "month": lambda: f"{period.last:%Y-%m}",
        "quarter": lambda: f"{period.last.year}-Q{(period.last.month + 2) // 3}",
        "custom": lambda: f"{period.first}..{period.last}",
    }

    def kind_changed() -> None:
        chosen = st.session_state["period_kind"]
        _write(_read().changed("period", starts[chosen]() if chosen in starts else chosen))

    st.session_state["period_kind"] = kind
    kinds = _in_words(_KINDS)
    st.selectbox(
        _("Period"), list(kinds), format_func=kinds.__getitem__, key="period_kind", on_change=kind_changed
    )
    if kind in ("month", "quarter"):
        names = month_names(view.loaded) if kind == "month" else quarter_names(view.loaded)
        st.session_state["filter_period"] = text
        st.selectbox(
            kinds[kind],
            list(dict.fromkeys([*names, text])),
            key="filter_period",
            label_visibility="collapsed",
            on_change=_changed,
            args=("period",),
        )
    if kind == "custom":
        _show_dates(view)


def _show_dates(view: View) -> None:
    def dates_changed() -> None:
        chosen: tuple[date, ...] = st.session_state["period_dates"]
        if len(chosen) == 2:
            _write(_read().changed("period", f"{chosen[0]}..{chosen[1]}"))

    first, last = min(view.loaded.first, view.period.first), max(view.loaded.last, view.period.last)
    if len(st.session_state.get("period_dates", ())) != 1:
        st.session_state["period_dates"] = (view.period.first, view.period.last)
    st.date_input(
        _("Dates"), min_value=first, max_value=last, key="period_dates", label_visibility="collapsed",
        on_change=dates_changed,
    )  # fmt: skip
