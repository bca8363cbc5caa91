"""The panel that a tile opens: why its number changed, by one dimension at a time."""

import polars as pl
import streamlit as st

from dashboards.charts.canvas import Canvas, unchecked
from dashboards.charts.waterfall import BARS_MAX, CLICK, VALUE, Bar, waterfall
from dashboards.choice.chosen import Narrowing
from dashboards.choice.sidebar import choose, filter_label
from dashboards.choice.view import View
from dashboards.languages.messages import N_, _
from dashboards.languages.writing import called, written, written_period
from serving.why.change import Change
from serving.why.factors import FACTORS, Factors
from serving.why.split import FEW, OTHER

#: What a change of paid GMV is split by beside the filters.
_BY_FACTORS = "factors"

_FACTORS = {
    "accounts": N_("Accounts"),
    "orders per account": N_("Orders per account"),
    "value per order": N_("Value per order"),
}


def offer_why(view: View, table: str, name: str, more: Narrowing | None, *, is_stated: bool) -> None:
    """Draw the button that opens the panel; it is off where the tile states no change."""
    label = called(view.metric(table, name))
    if st.button(
        _("Why it changed *: {metric}*", metric=label),
        key=f"why {table} {name}",
        type="tertiary",
        disabled=not is_stated,
        help=None if is_stated else _("No change is stated, so there is none to split."),
    ):
        # The title is the reader's language's, so that the dialog is made when it is opened.
        st.dialog(_("Why it changed"), width="large")(_panel)(view, table, name, more)


def _panel(view: View, table: str, name: str, more: Narrowing | None) -> None:
    columns = view.ways_to_split(table)
    ways = {key: filter_label(view, key) for key in columns}
    factors = view.factors(table, more) if name == "gmv_paid" else None
    if factors:
        ways[_BY_FACTORS] = _("Accounts × orders × value")
    if not ways:
        st.caption(_("One value is chosen in every filter, so there are no parts to split by."))
        return
    key = str(
        st.segmented_control(
            _("Split by"),
            list(ways),
            default=next(iter(ways)),
            format_func=ways.__getitem__,
            key=f"split {table} {name}",
            required=True,
        )
    )
    if factors and key == _BY_FACTORS:
        _show_factors(view, table, name, factors)
        return
    column = columns[key]
    change = view.why(table, name, column, more)
    if change is None:
        metric = called(view.metric(table, name))
        st.caption(_("{metric} does not split into parts that add up to it.", metric=metric))
        return
    _show_change(view, table, name, key, column, change)


def _show_change(view: View, table: str, name: str, key: str, column: str, change: Change) -> None:
    unit = _unit(view, table, name, change)
    bars = bars_of(view, change, column, unit)
    whole = _bar(view, _("The whole change"), change.now - change.before, unit)
    st.markdown(sentence(view, table, name, change, bars).replace("$", r"\$"))
    shown, small = bars[: BARS_MAX - 1], bars[BARS_MAX - 1 :]
    if len(small) > 1:
        small = [
            _bar(view, _("{count} smaller ones", count=len(small)), sum(bar.effect for bar in small), unit)
        ]
    shown += small
    axis = Canvas(view, table).axis(name, _("Change"))
    chosen = st.altair_chart(
        unchecked(waterfall(shown, whole, _("Goes with"), axis)),
        on_select="rerun",
        selection_mode=CLICK,
        key=f"waterfall {table} {name} {column}",
        alt=_("The change and its parts, the largest first. Their numbers are below."),
    )
    picked = [point[VALUE] for point in chosen["selection"][CLICK] if point.get(VALUE) is not None]
    st.caption(_caption(change))
    is_left = False
    with st.container(horizontal=True, gap="small"):
        for value in dict.fromkeys(bar.value for bar in shown if bar.value is not None):
            label = _("Only {value}", value=view.names.of(column, value))
            is_left |= st.button(label, key=f"only {column} {value}", on_click=choose, args=(key, value))
    _show_rows(view, column, change, unit)
    if picked:
        choose(key, picked[0])
    if picked or is_left:
        # Of the page, which closes the panel: alone it would draw itself again.
        st.rerun()


def bars_of(view: View, change: Change, column: str, unit: str) -> list[Bar]:
    """Return the effects as bars, largest first: of ratios and means own rates and shares apart."""
    bars = []
    for row in change.parts.iter_rows(named=True):
        part = row[column]
        label = _called(view, column, part)
        value = None if part == OTHER else part
        if "mix" not in row:
            bars.append(_bar(view, label, row["effect"], unit, value))
            continue
        between = ""
        if row["rate_low"] is not None:
            ends = (_signed(view, row[end], unit) for end in ("rate_low", "rate_high"))
            between = _("95%: {low} to {high}", **dict(zip(("low", "high"), ends, strict=True)))
        bars.append(_bar(view, _("{part}: own rate", part=label), row["rate"], unit, value, between))
        bars.append(_bar(view, _("{part}: share of the whole", part=label), row["mix"], unit, value))
    return sorted((bar for bar in bars if bar.effect), key=lambda bar: -abs(bar.effect))


def sentence(view: View, table: str, name: str, change: Change, bars: list[Bar]) -> str:
    """Return what changed, and with what the largest part of it goes."""
    unit = _unit(view, table, name, change)
    what = called(view.metric(table, name))
    if change.slower_than is not None:
        hours = written(change.slower_than, "hours")
        what = _("Parcels slower than {hours}, {metric} before", hours=hours, metric=what)
    sign = view.currency if unit == "money" else ""
    moved = _(
        "{metric}: {before} in {period_before}, {now} in {period}, {change}.",
        metric=what,
        before=written(change.before, unit, sign),
        period_before=written_period(view.compared(table)),
        now=written(change.now, unit, sign),
        period=written_period(view.shown(table)),
        change=_signed(view, change.now - change.before, unit),
    )
    if not bars:
        return moved
    largest = _("The largest part, {effect}, goes with {part}.", effect=bars[0].text, part=bars[0].label)
    return f"{moved} {largest}"


def _show_factors(view: View, table: str, name: str, factors: Factors) -> None:
    bars = [
        _bar(view, _(_FACTORS[factor]), effect, "money")
        for factor, effect in zip(FACTORS, factors.effects, strict=True)
    ]
    bars.sort(key=lambda bar: -abs(bar.effect))
    whole = _bar(view, _("The whole change"), sum(factors.effects), "money")
    st.altair_chart(
        unchecked(waterfall(bars, whole, _("Goes with"), Canvas(view, table).axis(name, _("Change")))),
        key=f"factors {table}",
        alt=_("Paid GMV's change by accounts, orders per account and value per order."),
    )
    st.dataframe(
        pl.DataFrame(
            {
                _("Factor"): [_(_FACTORS[factor]) for factor in FACTORS],
                _("Now"): factors.now,
                _("Before"): factors.before,
            }
        ),
        hide_index=True,
    )
    st.caption(
        _("Logarithmic mean Divisia index: the effects add up to the change. What goes with it is no cause.")
    )


def _show_rows(view: View, column: str, change: Change, unit: str) -> None:
    scale = 100 if unit == "share" else 1
    apart = ("amount_now", "amount_before") if "mix" in change.parts.columns else ()
    measures = [name for name in _COLUMNS if name in change.parts.columns and name not in apart]
    rows = change.parts.select(
        pl.Series("part", [_called(view, column, part) for part in change.parts[column]], pl.String),
        *(pl.col(name) * (100 if name.startswith("share_") else scale) for name in measures),
    )
    config = {
        name: st.column_config.NumberColumn(
            _(label), format="%.1f" if scale == 100 or "share" in name else "localized"
        )
        for name, label in _COLUMNS.items()
    }
    st.dataframe(
        rows, hide_index=True, column_config={"part": _("Part"), **config}, alt=_("The parts of the change")
    )


#: What the rows below the waterfall show; shares in per cent, their changes in points.
_COLUMNS = {
    "rate_before": N_("Before"),
    "rate_now": N_("Now"),
    "share_before": N_("Share before, %"),
    "share_now": N_("Share now, %"),
    "amount_before": N_("Before"),
    "amount_now": N_("Now"),
    "rate": N_("Own rate"),
    "rate_low": N_("from"),
    "rate_high": N_("to"),
    "mix": N_("Share of the whole"),
    "effect": N_("Together"),
}


def _called(view: View, column: str, part: str | None) -> str:
    return _("Under {few} parcels", few=FEW) if part == OTHER else view.names.of(column, part)


def _caption(change: Change) -> str:
    sentences = [_("The bars add up to the change. What goes with it is not its cause.")]
    if OTHER in change.parts.to_series(0).to_list():
        sentences.insert(0, _("Parts under {few} parcels stand together.", few=FEW))
    if "mix" in change.parts.columns:
        sentences.insert(0, _("A part's own rate moved, or its share of the whole did."))
    return " ".join(sentences)


def _unit(view: View, table: str, name: str, change: Change) -> str:
    return "share" if change.slower_than is not None else view.metric(table, name).unit


def _bar(view: View, label: str, effect: float, unit: str, value: str | None = None, note: str = "") -> Bar:
    return Bar(label, effect, _signed(view, effect, unit), value, note)


def _signed(view: View, value: float, unit: str) -> str:
    if unit == "share":
        return written(value, "points").replace("-0.0", "+0.0").replace("-", "−")
    sign = "−" if value < 0 else "+"
    return f"{sign}{written(abs(value), unit, view.currency if unit == 'money' else '')}"
