"""One figure of a page: title, chart, "Table" and "Download"; or a sentence why it is not there."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import polars as pl
import streamlit as st

from dashboards.charts.canvas import AnyChart, unchecked
from dashboards.charts.texts import entry_of, flags_in, label_of
from dashboards.choice.chosen import Narrowing, NotNarrowedError
from dashboards.choice.sidebar import clear, filter_label
from dashboards.choice.view import View
from dashboards.languages.language import in_language, language
from dashboards.languages.messages import _, ngettext
from dashboards.languages.writing import called, in_sentence, listed, meaning
from serving.period import Grain
from serving.published import WHOLE

#: Key of what is said of the whole page.
_PAGE = "page"


@dataclass(frozen=True)
class Figure:
    """What was drawn: charts from top to bottom, the rows behind them, caveats beside the number."""

    table: str
    frame: pl.DataFrame
    charts: tuple[AnyChart, ...] = ()
    notes: tuple[str, ...] = ()
    #: Columns of the rows that are another table's: column → table.
    also: Mapping[str, str] = field(default_factory=dict)
    #: What to say when there is no row, where no filter could be the reason.
    nothing: str | None = None
    #: What a value of the table's date stands for, where the series is not gathered as ``View.every`` does.
    grain: Grain | None = None
    #: Times that are written in another zone than the platform's: column → zone.
    zones: Mapping[str, str] = field(default_factory=dict)


def show_figure(view: View, title: str, draw: Callable[[View], Figure]) -> None:
    """Draw a figure as a card; where a filter cannot narrow it, or nothing fits, say so instead."""
    with _card():
        st.subheader(title, anchor=False)
        _show_inside(view, title, draw)


def _card() -> Any:
    """Return a frame that is as high as its neighbours."""
    return st.container(border=True, height="stretch")


def _show_inside(view: View, title: str, draw: "Draw") -> None:
    try:
        figure = draw(view)
    except NotNarrowedError as error:
        say_not_narrowed(view, error, key=title)
        return
    if figure.frame.is_empty() and figure.nothing:
        st.caption(figure.nothing)
        return
    if figure.frame.is_empty():
        say_empty(view, figure.table, key=title)
        return
    for place, chart in enumerate(figure.charts):
        st.altair_chart(
            unchecked(chart),
            key=f"{title} {place}",
            alt=_("{title}. The numbers are under Table.", title=title),
        )
    if not figure.charts:
        show_table(view, figure.table, figure.frame, figure.also, f"{title} rows", figure.grain, figure.zones)
    for note in figure.notes:
        st.caption(note)
    with st.container(horizontal=True, gap="small"):
        if figure.charts:
            with st.popover(named(_("Table"), title), icon=":material/table:", type="tertiary"):
                show_table(view, figure.table, figure.frame, figure.also, grain=figure.grain)
        st.download_button(
            named(_("Download"), title),
            partial(written_csv, view, figure.frame),
            file_name=file_name(view, title),
            mime="text/csv",
            icon=":material/download:",
            type="tertiary",
            key=f"{title} download",
            on_click="ignore",
        )


def named(word: str, title: str) -> str:
    """Return a button's label: the word is seen, a screen reader hears whose it is, too."""
    return _("{word} *of {title}*", word=word, title=title)


def written_csv(view: View, frame: pl.DataFrame) -> bytes:
    """Return rows as a file that spreadsheets open: names beside codes, times with their zone, wholes."""
    columns: list[pl.Expr | pl.Series] = []
    for series in (_counted(column) if column.name.endswith(WHOLE) else column for column in frame):
        columns.append(
            series.dt.convert_time_zone(view.time_zone).dt.to_string("iso:strict")
            if isinstance(series.dtype, pl.Datetime) and series.dtype.time_zone
            else series
        )
        named = [view.names.of(series.name, value) for value in series] if series.dtype == pl.String else []
        if named != series.to_list() and named:
            columns.append(pl.Series(f"{series.name}_name", named, pl.String))
    return pl.DataFrame(columns).write_csv(include_bom=True).encode()


def _counted(wholes: pl.Series) -> pl.Series:
    """Return what shares are of without a fraction where nothing has one."""
    numbers = wholes.cast(pl.Float64)
    is_counted = (numbers == numbers.round()).all()
    return numbers.cast(pl.Int64) if is_counted else numbers


def file_name(view: View, title: str) -> str:
    """Return what a download is called: the figure, its days, the filters that are on, the build."""
    chosen = [
        "+".join(value) if isinstance(value := getattr(view.filters, name), tuple) else str(value)
        for name in view.filters.active()
        if name != "period"
    ]
    build = str(view.serving.build["build_id"])
    parts = [title, f"{view.period.first}", f"{view.period.last}", *chosen, build]
    return re.sub(r"[^\w+.]+", "-", "-".join(parts).lower()) + ".csv"


Draw = Callable[[View], Figure]


def show_beside(view: View, *places: Mapping[str, Draw]) -> None:
    """Draw up to three smaller figures beside each other; figures that share a card are its tabs.

    A place without figures leaves its room to the others.
    """
    filled = [figures for figures in places if figures]
    for column, figures in zip(st.columns(len(filled)), filled, strict=True):
        with column:
            if len(figures) == 1:
                show_figure(view, *next(iter(figures.items())))
                continue
            with _card():
                for tab, (title, draw) in zip(st.tabs(list(figures)), figures.items(), strict=True):
                    with tab:
                        _show_inside(view, title, draw)


def show_table(
    view: View,
    table: str,
    frame: pl.DataFrame,
    also: Mapping[str, str] | None = None,
    key: str | None = None,
    grain: Grain | None = None,
    zones: Mapping[str, str] | None = None,
) -> None:
    """Draw rows under their labels, numbers to the right in their unit, meanings as tooltips.

    ``also`` names the columns that are another table's; ``grain`` and ``zones`` are those of ``Figure``.
    What the rows' flags say is not final is named in a last column.
    """
    frame = _marked(view, table, frame)
    span = grain or (view.every(table).grain if view.date_column(table) else "day")
    tables = {name: (also or {}).get(name, table) for name in frame.columns}
    names = [name for name in frame.columns if frame.schema[name] == pl.String]
    shares = [name for name in frame.columns if entry_of(view, tables[name], name).unit in _PARTS]
    shown = frame.with_columns(
        *(pl.Series(name, [_shown(view, name, value) for value in frame[name]], pl.String) for name in names),
        *(pl.col(name) * 100 for name in shares),
    )
    st.dataframe(
        shown,
        hide_index=True,
        column_config={
            series.name: _column(
                view, tables[series.name], series, span, (zones or {}).get(series.name, view.time_zone)
            )
            for series in frame
        },
        key=key,
        placeholder="–",
        alt=_("The rows behind the figures"),
    )


#: How Moment.js writes days and months in each language.
_DAY = {"en": "D MMM YYYY", "zh_CN": "YYYY年M月D日"}
_MONTH = {"en": "MMM YYYY", "zh_CN": "YYYY年M月"}

#: A waybill number leads to the page that follows the parcel.
_NUMBER, _FOLLOW = "waybill_number", "follow_a_parcel?waybill="


def _shown(view: View, name: str, value: str | None) -> str:
    return in_language(f"{_FOLLOW}{value}") if name == _NUMBER and value else view.names.of(name, value)


#: Units of what is kept as a part of one and read in hundredths.
_PARTS = ("share", "points")

#: The column that names the metrics of a row that may still change.
_NOT_FINAL = "not_final"


def _marked(view: View, table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Put the names of what is not final in the place of the flags, and leave what shares are of to files."""
    flags = flags_in(view, table, frame.columns)
    wholes = {name for name in frame.columns if name.endswith(WHOLE)}
    shown = frame.drop(set(flags.values()) - set(flags) | wholes)
    names = [
        ", ".join(called(view.metric(table, name)) for name, flag in flags.items() if row[flag] is False)
        for row in frame.iter_rows(named=True)
    ]
    return shown.with_columns(pl.Series(_NOT_FINAL, names, pl.String)) if any(names) else shown


def say_not_narrowed(view: View, error: NotNarrowedError, key: str) -> None:
    """Say that a figure is off because under a filter it would be a wrong number."""
    name = error.filter_name
    label = in_sentence(filter_label(view, name))
    st.caption(_("Not shown while the {filter} filter is on: {reason}.", filter=label, reason=_(error.why)))
    st.button(_clearing(label, key), key=f"off {name} {key}", on_click=clear, args=(name,))


def is_said_empty(view: View, table: str, more: Narrowing | None = None) -> bool:
    """Say it where the reader's choice leaves the page without a row or cannot be answered, and tell so."""
    try:
        is_empty = view.is_empty(table, more)
    except NotNarrowedError as error:
        say_not_narrowed(view, error, key=_PAGE)
        return True
    if is_empty:
        say_empty(view, table, key=_PAGE)
    return is_empty


def say_empty(view: View, table: str, key: str) -> None:
    """Say which filter leaves nothing, and offer to clear that one."""
    names = view.emptied_by(table)
    if not names:
        st.info(_("There is nothing here in this build."))
        return
    labels = listed([in_sentence(filter_label(view, name)) for name in names])
    st.info(
        ngettext(
            "Nothing fits: cleared of the {filters} filter, there would be rows.",
            "Nothing fits: cleared of the {filters} filters, there would be rows.",
            len(names),
            filters=labels,
        )
    )
    with st.container(horizontal=True):
        for name in names:
            label = in_sentence(filter_label(view, name))
            st.button(_clearing(label, key), key=f"empty {name} {key}", on_click=clear, args=(name,))


def _clearing(label: str, key: str) -> str:
    text = _("Clear the {filter} filter", filter=label)
    return text if key == _PAGE else named(text, key)


def _column(view: View, table: str, series: pl.Series, grain: Grain, zone: str) -> Any:
    """Return how a column of a table on the page is written, times in the zone."""
    name = series.name
    entry, label = entry_of(view, table, name), label_of(view, table, name, grain, zone)
    if name == _NUMBER:
        return st.column_config.LinkColumn(label, help=meaning(entry), display_text="waybill=([^&]*)")
    if isinstance(series.dtype, pl.Date):
        is_month = grain == "month" and name == view.date_column(table)
        form = _MONTH[language()] if is_month else _DAY[language()]
        return st.column_config.DateColumn(label, help=meaning(entry), format=form)
    if isinstance(series.dtype, pl.Datetime):
        return st.column_config.DatetimeColumn(
            label, help=meaning(entry), format=f"{_DAY[language()]} HH:mm", timezone=zone
        )
    match entry.unit:
        case "share":
            return st.column_config.NumberColumn(label, help=meaning(entry), format="%.1f")
        case "hours" | "days" | "points" | "index":
            return st.column_config.NumberColumn(label, help=meaning(entry), format="%.1f")
        case "money":
            return st.column_config.NumberColumn(label, help=meaning(entry), format="accounting")
        case "count" | "grams":
            return st.column_config.NumberColumn(label, help=meaning(entry), format="localized")
    return st.column_config.Column(label, help=meaning(entry))
