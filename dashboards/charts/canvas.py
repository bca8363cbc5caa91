"""The parts every chart is made of: axes and tooltips from the data dictionary, colours that stay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, cast

import altair as alt
import polars as pl
from altair.utils.schemapi import disable_debug_mode

from dashboards.charts import palette
from dashboards.charts.texts import entry_of, flags_in, label_of, with_texts
from dashboards.choice.menu import couriers
from dashboards.choice.view import View
from dashboards.languages import writing
from dashboards.languages.language import language
from dashboards.languages.messages import _
from serving.formats import Language, money_sign
from serving.period import Grain
from serving.published import WHOLE
from serving.tiers import TIERS

HEIGHT = 300
SMALL = 220

#: Direct labels up to this many series, a legend above.
LABELLED_MAX = 5
#: Longer names would leave a small chart no room for its lines.
LABEL_LENGTH_MAX = 22

#: Direct labels stand at least this part of the axis apart.
_LABEL_GAP = 0.075

AnyChart = alt.typing.ChartType

# Altair would check each part of a chart as it is made, too; see ``Specified``.
disable_debug_mode()

_LEGEND_COLUMNS = 3
#: Room for the numbers of a value axis, pixels: charts below each other begin at one line.
_AXIS_ROOM = 38

#: Numbers and days of an axis, as Vega writes them (https://vega.github.io/vega/docs/expressions/).
_SHORT: dict[Language, str] = {
    "en": "abs(datum.value) < 1 ? format(datum.value, '~r') : replace(format(datum.value, '~s'), 'G', 'B')",
    "zh_CN": "abs(datum.value) >= 1e8 ? format(datum.value / 1e8, '~r') + '亿' : "
    "abs(datum.value) >= 1e4 ? format(datum.value / 1e4, '~r') + '万' : format(datum.value, '~r')",
}
_DAY: dict[Language, str] = {"en": "%-d %b", "zh_CN": "%-m月%-d日"}
_MONTH: dict[Language, str] = {"en": "%b %Y", "zh_CN": "%Y年%-m月"}


#: A plot of a phone's width has room for two names beside each other.
LEGEND = alt.Legend(
    title=None,
    orient="bottom",
    columns=alt.ExprRef(f"width < 360 ? 2 : width < 700 ? {_LEGEND_COLUMNS} : 6"),
    labelLimit=alt.ExprRef("width < 360 ? 100 : 160"),
    offset=8,
)


def day_axis() -> alt.Axis:
    """Return the axis of days as this reader writes them."""
    return alt.Axis(title=None, grid=True, labelOverlap="greedy", format=_DAY[language()], tickCount="day")


def laid(*layers: alt.Chart, height: int, legend_of: int = 0) -> AnyChart:
    """Return the layers as one chart, its plot ``height`` pixels high, a legend of so many below."""
    room = 24 * -(-legend_of // _LEGEND_COLUMNS) + 40 if legend_of else 0
    return Layers(layer=_bare(layers), height=height + room)


def added(chart: AnyChart, *layers: alt.Chart) -> AnyChart:
    """Return a chart of ``laid`` with more layers on top."""
    more: AnyChart = chart.copy(deep=False)
    more.layer = [*chart.layer, *_bare(layers)]
    return more


class Layers(alt.LayerChart):
    """Layers as they are: Altair copies each several times to find what they share, half of a page's time.

    Where bars are selected, Altair's ``layer`` is needed: it moves the selection to where Streamlit reads it.
    """

    def __init__(self, layer: Sequence[alt.Chart] = (), **kwds: Any) -> None:
        super(alt.LayerChart, self).__init__(layer=list(layer), **kwds)


def _bare(layers: Sequence[alt.Chart]) -> list[alt.Chart]:
    """Return charts without their heights, which a layer may not have."""
    bare = [layer.copy(deep=False) for layer in layers]
    for layer in bare:
        layer.height = alt.Undefined
    return bare


def _moment(day: date) -> str:
    """Return a day's beginning as Vega writes it, whose months count from nought."""
    return f"datetime({day.year}, {day.month - 1}, {day.day})"


@dataclass(frozen=True)
class Canvas:
    """Draws results of one table; ``grain`` says what one point of its dates stands for.

    Channels are made by their class, ``alt.Text("name:N")``: for a text alone Altair goes through all its
    classes each time.
    """

    view: View
    table: str
    grain: Grain = "day"

    def chart(self, frame: pl.DataFrame, meaning_of: str) -> alt.Chart:
        """Return an empty chart over the rows, their texts (``<column>_text``) and the metric's meaning."""
        rows = with_texts(self.view, self.table, frame, self.grain)
        return alt.Chart(rows.with_columns(meaning=pl.lit(self.meaning(meaning_of)))).properties(
            height=HEIGHT
        )

    def linked(self, chart: alt.Chart, by: str, column: str | None = None) -> alt.Chart:
        """Make each mark a link that sets the filter on ``by`` to its value, where there is such a filter.

        Args:
            chart: bars with their rows.
            by: the dimension.
            column: where its values stand in the rows, if under another name.
        """
        name = self.view.filter_on(self.table, by)
        if name is None:
            return chart
        links = [self.view.address(name, value) if value else None for value in chart.data[column or by]]
        chart.data = chart.data.with_columns(link=pl.Series(links, dtype=pl.String))
        return chart.encode(href=alt.Href("link:N"))

    def time(self, column: str, days: Sequence[date]) -> alt.X:
        """Return the time axis; its ticks stand at points of the series: weeks begin on Mondays."""
        ticks: Any = alt.Undefined
        if self.grain != "day":
            # One text, because Altair copies each object of a chart many times.
            ticks = alt.ExprRef(f"[{', '.join(map(_moment, days))}]")
        axis = alt.Axis(title=None, format=self._form(), labelOverlap="greedy", grid=False, values=ticks)
        return alt.X(f"{column}:T", axis=axis)

    def band(self, column: str) -> alt.X:
        """Return a time axis with room for a bar at each date."""
        axis = alt.Axis(title=None, format=self._form(), labelOverlap="greedy", labelAngle=0)
        return alt.X(f"yearmonthdate({column}):O", axis=axis)

    def _form(self) -> str:
        """Return how a point in time is written."""
        return (_MONTH if self.grain == "month" else _DAY)[language()]

    def value(self, name: str, *, zero: bool, title: str | None = None) -> alt.Y:
        """Return the axis of a metric, its title with the unit."""
        return alt.Y(f"{name}:Q", axis=self.axis(name, title), scale=alt.Scale(zero=zero, nice=True))

    def axis(self, name: str, title: str | None = None) -> alt.Axis:
        """Return how a metric's axis is written."""
        entry, short = entry_of(self.view, self.table, name), _SHORT[language()]
        expression = {
            "money": f"'{money_sign(self.view.currency)}' + ({short})",
            "share": "format(datum.value * 100, '~g') + '%'",
            "points": "format(datum.value * 100, '~g')",
            "count": short,
        }.get(entry.unit, "format(datum.value, '~g')")
        has_unit = entry.unit in ("hours", "grams", "points")
        named = label_of(self.view, self.table, name) if has_unit else writing.called(entry)
        return alt.Axis(
            title=named if title is None else title,
            labelExpr=expression,
            tickCount=5,
            # There is no half of a parcel.
            tickMinStep=1 if entry.unit == "count" else alt.Undefined,
            minExtent=_AXIS_ROOM,
        )

    def tooltip(self, columns: Sequence[str]) -> list[alt.Tooltip]:
        """Return tooltips of the columns' texts, the meaning last; what is not final says so itself."""
        flags = flags_in(self.view, self.table, columns).values()
        shown = [
            alt.Tooltip(f"{name}_text:N", title=label_of(self.view, self.table, name, self.grain))
            for name in columns
            if name not in flags and not name.endswith(WHOLE)
        ]
        return [*shown, alt.Tooltip("meaning:N", title=_("Meaning"))]

    def order(self, frame: pl.DataFrame, dimension: str) -> list[Any]:
        """Return a dimension's values in the frame: tiers in their order, others by their name.

        Chinese characters have no alphabet: there the codes' order is the known one, of places GB/T 2260's.
        """
        present = frame[dimension].unique().to_list()
        if dimension.startswith("tier"):
            return [tier for tier in TIERS if tier in present]
        if language() == "zh_CN":
            return sorted(present, key=str)
        return sorted(present, key=lambda value: self.view.names.of(dimension, value))

    def names(self, dimension: str, values: Sequence[Any]) -> list[str]:
        """Return what the values are called."""
        return [self.view.names.of(dimension, value) for value in values]

    def label(self, name: str) -> str:
        """Return what a metric is called."""
        return writing.called(entry_of(self.view, self.table, name))

    def meaning(self, name: str) -> str:
        """Return what a metric means."""
        return writing.meaning(entry_of(self.view, self.table, name))

    def colours(self, dimension: str | None, values: Sequence[Any]) -> list[str]:
        """Return a colour per value: tiers and couriers keep theirs; faint where others are chosen."""
        chosen = self.view.chosen(self.table, dimension) if dimension else ()
        if dimension and chosen and set(chosen) & set(values):
            own = self._own_colours(dimension, values)
            return [
                colour if value in chosen else palette.faint()
                for colour, value in zip(own, values, strict=True)
            ]
        return self._own_colours(dimension, values)

    def _own_colours(self, dimension: str | None, values: Sequence[Any]) -> list[str]:
        if dimension and dimension.startswith("tier"):
            return [palette.tiers()[value] for value in values]
        if dimension == "courier_id":
            colours = palette.couriers(couriers(self.view.serving))
            return [colours.get(value) or palette.courier(value) for value in values]
        return [palette.series()[place % len(palette.series())] for place in range(len(values))]

    def colour(self, dimension: str, values: Sequence[Any], *, legend: bool) -> alt.Color:
        """Return the colour encoding of a dimension, its values in the given order."""
        return alt.Color(
            f"{dimension}_text:N",
            scale=alt.Scale(domain=self.names(dimension, values), range=self.colours(dimension, values)),
            legend=LEGEND if legend else None,
        )


def spread(values: Sequence[float], axis: Sequence[float]) -> list[float]:
    """Return where labels of the values may stand on the value axis without covering each other.

    ``axis`` holds what the axis reaches over.
    """
    if not values:
        return []
    gap = (max(axis) - min(axis)) * _LABEL_GAP
    places = list(values)
    for lower, upper in pairwise(sorted(range(len(values)), key=lambda index: values[index])):
        places[upper] = max(places[upper], places[lower] + gap)
    return places


class Specified:
    """A chart whose specification Altair does not check as it is drawn: that takes a third of a page's time.

    The tests check the charts of every page.
    """

    def __init__(self, chart: AnyChart) -> None:
        self._chart = chart

    def to_dict(self) -> dict[str, Any]:
        """Return the specification in Vega-Lite."""
        return self._chart.to_dict(validate=False)


def unchecked(chart: AnyChart) -> AnyChart:
    """Return the chart as ``Specified``, for Streamlit, which asks for nothing but its specification."""
    return cast(AnyChart, Specified(chart))
