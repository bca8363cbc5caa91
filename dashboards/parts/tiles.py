"""The row of tiles below the finding: value, change against the compared period, sparkline."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl
import streamlit as st

from dashboards.choice.chosen import Narrowing, NotNarrowedError
from dashboards.choice.few import FEW, is_statistic
from dashboards.choice.sidebar import filter_label
from dashboards.choice.view import View
from dashboards.languages.messages import _
from dashboards.languages.writing import called, in_sentence, meaning, written, written_change, written_period
from dashboards.parts.why import offer_why

#: Which way is good.
Better = Literal["more", "less", "neither"]
Colour = Literal["off", "blue", "orange"]


@dataclass(frozen=True)
class Tile:
    """One metric of one table; ``better`` says which way is good."""

    table: str
    metric: str
    better: Better = "neither"
    more: Narrowing | None = None


def show_tiles(view: View, tiles: Sequence[Tile]) -> None:
    """Draw the tiles, as many beside each other as fit."""
    with st.container(key="tiles", gap="small"):
        for tile in tiles:
            _show(view, tile)


def _show(view: View, tile: Tile) -> None:
    few = _few(view, tile)
    key = f"few {tile.table} {tile.metric}" if few is not None else None
    with st.container(border=True, height="stretch", gap="xsmall", key=key):
        _show_metric(view, tile, few)


def _few(view: View, tile: Tile) -> int | None:
    """Return over how many parcels or orders a tile is, where that is too few for what it states."""
    try:
        sample = view.sample(tile.table, tile.more)
    except NotNarrowedError:
        return None
    is_open = sample is not None and 0 < sample < FEW
    return sample if is_open and is_statistic(view.metric(tile.table, tile.metric)) else None


def _show_metric(view: View, tile: Tile, few: int | None) -> None:
    entry = view.metric(tile.table, tile.metric)
    try:
        row = view.judged(tile.table, [tile.metric], more=tile.more).row(0, named=True)
        final, before = view.now_and_before(tile.table, tile.metric, tile.more)
    except NotNarrowedError as error:
        off = _(
            "Off while the {filter} filter is on: {reason}.",
            filter=in_sentence(filter_label(view, error.filter_name)),
            reason=_(error.why),
        )
        st.metric(called(entry), "–", help=_("{meaning} {note}", meaning=meaning(entry), note=off))
        return
    is_final = final is not None
    # What is not final, or is of few, is neither compared nor good or bad.
    change = written_change(final, before, entry.unit) if few is None else None
    draw_number(
        called(entry) if is_final else _("{metric} (not final)", metric=called(entry)),
        written(row[tile.metric], entry.unit, view.currency),
        change,
        colour_of(tile.better, final, before),
        _help(view, tile, meaning(entry), is_final=is_final, has_before=before is not None),
        _series(view, tile),
    )
    if few is not None:
        st.caption(_("Over {count} only", count=few))
    elif view.date_column(tile.table):
        offer_why(view, tile.table, tile.metric, tile.more, is_stated=change is not None)


def _series(view: View, tile: Tile) -> list[float] | None:
    if view.date_column(tile.table) is None:
        return None
    series = view.judged(tile.table, [tile.metric], [view.every(tile.table)], more=tile.more)
    final = view.metric(tile.table, tile.metric).final
    if final:
        series = series.filter(pl.col(final).fill_null(value=True))
    values: list[float] = series[tile.metric].cast(pl.Float64).drop_nulls().to_list()
    return values


def draw_number(
    label: str, value: str, change: str | None, colour: Colour, about: str, points: Sequence[float] | None
) -> None:
    """Draw a number with its change and its line; the arrow says the direction without colour."""
    has_moved = change is not None and not change.startswith("+0.0")
    st.metric(
        label,
        value,
        change,
        delta_color=colour if has_moved else "off",
        delta_arrow="auto" if has_moved else "off",
        help=about,
        chart_data=points if points and len(points) > 1 else None,
    )


def colour_of(better: Better, now: float | None, before: float | None) -> Colour:
    """Return how a change is coloured: blue for good and orange for bad, not green and red."""
    if better == "neither" or now is None or before is None or now == before:
        return "off"
    return "blue" if (now > before) == (better == "more") else "orange"


def _help(view: View, tile: Tile, description: str, *, is_final: bool, has_before: bool) -> str:
    if not is_final:
        note = _("Not final: what is still on its way can change it, so no change is stated.")
    elif not has_before:
        note = _("No change is shown: the period compared with is not loaded whole, or not final.")
    else:
        period = written_period(view.compared(tile.table))
        note = _("The change is against {period}.", period=period)
    return _("{meaning} {note}", meaning=description, note=note)
