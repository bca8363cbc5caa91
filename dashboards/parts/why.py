"""The panel that a tile opens: why its number changed, by one dimension at a time."""

import polars as pl
import streamlit as st

from dashboards.charts.canvas import Canvas
from dashboards.charts.waterfall import BARS_MAX, CLICK, VALUE, Bar, waterfall
from dashboards.choice.sidebar import choose, filter_label
from dashboards.choice.view import Narrowing, View
from serving.formats import written
from serving.why.change import Change
from serving.why.factors import FACTORS, Factors
from serving.why.split import FEW, OTHER

_FACTORS = "Accounts × orders × value"


def offer_why(view: View, table: str, name: str, more: Narrowing | None, *, is_stated: bool) -> None:
    """Draw the button that opens the panel; it is off where the tile states no change."""
    label = view.metric(table, name).label
    if st.button(
        f"Why it changed *: {label}*",
        key=f"why {table} {name}",
        type="tertiary",
        disabled=not is_stated,
        help=None if is_stated else "No change is stated, so there is none to split.",
    ):
        _panel(view, table, name, more)


@st.dialog("Why it changed", width="large")
def _panel(view: View, table: str, name: str, more: Narrowing | None) -> None:
    ways = {filter_label(view, key): (key, column) for key, column in view.ways_to_split(table).items()}
    factors = view.factors(table, more) if name == "gmv_paid" else None
    options = [*ways, *([_FACTORS] if factors else [])]
    if not options:
        st.caption("One value is chosen in every filter, so there are no parts to split by.")
        return
    way = st.segmented_control(
        "Split by", options, default=options[0], key=f"split {table} {name}", required=True
    )
    if factors and way == _FACTORS:
        _show_factors(view, table, name, factors)
        return
    key, column = ways[str(way)]
    change = view.why(table, name, column, more)
    if change is None:
        st.caption(f"{view.metric(table, name).label} does not split into parts that add up to it.")
        return
    _show_change(view, table, name, key, column, change)


def _show_change(view: View, table: str, name: str, key: str, column: str, change: Change) -> None:
    unit = _unit(view, table, name, change)
    bars = bars_of(view, change, column, unit)
    whole = _bar(view, "The whole change", change.now - change.before, unit)
    st.markdown(sentence(view, table, name, change, bars).replace("$", r"\$"))
    shown, small = bars[: BARS_MAX - 1], bars[BARS_MAX - 1 :]
    if len(small) > 1:
        small = [_bar(view, f"{len(small)} smaller ones", sum(bar.effect for bar in small), unit)]
    shown += small
    axis = Canvas(view, table).axis(name, "Change")
    chosen = st.altair_chart(
        waterfall(shown, whole, "Goes with", axis),
        on_select="rerun",
        selection_mode=CLICK,
        key=f"waterfall {table} {name} {column}",
        alt="The change and its parts, the largest first. Their numbers are below.",
    )
    picked = [point[VALUE] for point in chosen["selection"][CLICK] if point.get(VALUE) is not None]
    st.caption(_caption(change))
    is_left = False
    with st.container(horizontal=True, gap="small"):
        for value in dict.fromkeys(bar.value for bar in shown if bar.value is not None):
            label = f"Only {view.names.of(column, value)}"
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
            between = (
                f"95%: {_signed(view, row['rate_low'], unit)} to {_signed(view, row['rate_high'], unit)}"
            )
        bars.append(_bar(view, f"{label}: own rate", row["rate"], unit, value, between))
        bars.append(_bar(view, f"{label}: share of the whole", row["mix"], unit, value))
    return sorted((bar for bar in bars if bar.effect), key=lambda bar: -abs(bar.effect))


def sentence(view: View, table: str, name: str, change: Change, bars: list[Bar]) -> str:
    """Return what changed, and with what the largest part of it goes."""
    unit = _unit(view, table, name, change)
    what = view.metric(table, name).label
    if change.slower_than is not None:
        what = f"Parcels slower than {written(change.slower_than, 'hours')}, {what} before"
    sign = view.currency if unit == "money" else ""
    moved = f"{what}: {written(change.before, unit, sign)} in {view.compared(table)}, "
    difference = _signed(view, change.now - change.before, unit)
    moved += f"{written(change.now, unit, sign)} in {view.shown(table)}, {difference}."
    return f"{moved} The largest part, {bars[0].text}, goes with {bars[0].label}." if bars else moved


def _show_factors(view: View, table: str, name: str, factors: Factors) -> None:
    bars = [
        _bar(view, label.capitalize(), effect, "money")
        for label, effect in zip(FACTORS, factors.effects, strict=True)
    ]
    bars.sort(key=lambda bar: -abs(bar.effect))
    whole = _bar(view, "The whole change", sum(factors.effects), "money")
    st.altair_chart(
        waterfall(bars, whole, "Goes with", Canvas(view, table).axis(name, "Change")),
        key=f"factors {table}",
        alt="Paid GMV's change by accounts, orders per account and value per order.",
    )
    st.dataframe(
        pl.DataFrame(
            {
                "Factor": [label.capitalize() for label in FACTORS],
                "Now": factors.now,
                "Before": factors.before,
            }
        ),
        hide_index=True,
    )
    st.caption(
        "Logarithmic mean Divisia index: the effects add up to the change. What goes with it is no cause."
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
            label, format="%.1f" if scale == 100 or "share" in name else "localized"
        )
        for name, label in _COLUMNS.items()
    }
    st.dataframe(
        rows, hide_index=True, column_config={"part": "Part", **config}, alt="The parts of the change"
    )


#: What the rows below the waterfall show; shares in per cent, their changes in points.
_COLUMNS = {
    "rate_before": "Before",
    "rate_now": "Now",
    "share_before": "Share before, %",
    "share_now": "Share now, %",
    "amount_before": "Before",
    "amount_now": "Now",
    "rate": "Own rate",
    "rate_low": "from",
    "rate_high": "to",
    "mix": "Share of the whole",
    "effect": "Together",
}


def _called(view: View, column: str, part: str | None) -> str:
    return f"Under {FEW} parcels" if part == OTHER else view.names.of(column, part)


def _caption(change: Change) -> str:
    gathers = (
        f"Parts under {FEW} parcels stand together. " if OTHER in change.parts.to_series(0).to_list() else ""
    )
    kinds = (
        "A part's own rate moved, or its share of the whole did. " if "mix" in change.parts.columns else ""
    )
    return f"{kinds}{gathers}The bars add up to the change. What goes with it is not its cause."


def _unit(view: View, table: str, name: str, change: Change) -> str:
    return "share" if change.slower_than is not None else view.metric(table, name).unit


def _bar(view: View, label: str, effect: float, unit: str, value: str | None = None, note: str = "") -> Bar:
    return Bar(label, effect, _signed(view, effect, unit), value, note)


def _signed(view: View, value: float, unit: str) -> str:
    if unit == "share":
        return written(value, "points").replace("-0.0", "+0.0").replace("-", "−")
    sign = "−" if value < 0 else "+"
    return f"{sign}{written(abs(value), unit, view.currency if unit == 'money' else '')}"
