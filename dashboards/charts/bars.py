"""Bars of one period: by a dimension, by metric, and the distribution of hours."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import polars as pl

from dashboards.charts import palette
from dashboards.charts.canvas import SMALL, AnyChart, Canvas, laid
from dashboards.choice.few import FEW
from dashboards.languages.messages import _
from dashboards.languages.writing import written

#: Hours of the distribution that are drawn; later ones stand in the table.
_WEEK = 168

_NAMES = alt.Axis(title=None, labelLimit=130, labelOverlap=False)


def few_last(frame: pl.DataFrame, count: str) -> pl.DataFrame:
    """Return the rows with those under 30 parcels at the end, otherwise in their order."""
    return frame.sort(pl.col(count) < FEW, maintain_order=True)


def bar_chart(
    canvas: Canvas, frame: pl.DataFrame, by: str, name: str, *, count: str | None = None
) -> AnyChart:
    """Draw one horizontal bar per row, its number at its end; under 30 of ``count`` it is grey."""
    rows = frame.filter(pl.col(name).is_not_null())
    order: list[Any] = rows[by].to_list()
    base = canvas.chart(rows, name).encode(
        y=alt.Y(f"{by}_text:N", sort=canvas.names(by, order), axis=_NAMES),
        x=alt.X(f"{name}:Q", axis=canvas.axis(name), scale=alt.Scale(zero=True)),
        tooltip=canvas.tooltip(frame.columns),
    )
    has_colours = by == "courier_id" or by.startswith("tier")
    colour = canvas.colour(by, order, legend=False) if has_colours else alt.value(palette.accent())
    few = f"datum.{count} < {FEW}" if count else "false"
    bars = base.mark_bar(cursor="pointer").encode(
        color=alt.condition(few, alt.value(palette.faint()), colour)
    )
    labels = base.mark_text(align="left", dx=4, color=palette.text()).encode(text=alt.Text(f"{name}_text:N"))
    return laid(canvas.linked(bars, by), labels, height=27 * max(3, len(rows)) + 60)


def interval_chart(
    canvas: Canvas, frame: pl.DataFrame, by: str, name: str, ends: tuple[str, str], beside: str | None = None
) -> AnyChart:
    """Draw a metric as a dot with its interval as a whisker, another metric as a hollow dot, one row each.

    Args:
        canvas: the table and the reader's look.
        frame: one row per value of ``by``, drawn in its order.
        by: the dimension.
        name: the metric of the dot.
        ends: the metrics at which its interval begins and ends.
        beside: the metric of the hollow dot; without one there is none.
    """
    base = canvas.chart(frame, name).encode(
        y=alt.Y(f"{by}_text:N", sort=canvas.names(by, frame[by].to_list()), axis=_NAMES),
        tooltip=canvas.tooltip(frame.columns),
    )
    x = alt.X(f"{name}:Q", axis=canvas.axis(name), scale=alt.Scale(zero=False))
    colour = canvas.colour(by, frame[by].to_list(), legend=False)
    whisker = base.mark_rule(strokeWidth=2).encode(
        x=alt.X(f"{ends[0]}:Q", scale=alt.Scale(zero=False)), x2=alt.X2(f"{ends[1]}:Q"), color=colour
    )
    dot = base.mark_point(filled=True, size=90, opacity=1).encode(x=x, color=colour)
    drawn = [whisker, dot]
    if beside is not None:
        hollow = base.mark_point(filled=False, size=60, opacity=1, color=palette.grey())
        drawn.insert(1, hollow.encode(x=alt.X(f"{beside}:Q")))
    return laid(*drawn, height=27 * max(2, len(frame)) + 60)


def metric_bars(canvas: Canvas, frame: pl.DataFrame, names: Sequence[str]) -> AnyChart:
    """Draw metrics of one unit, of one row, as bars below each other."""
    unit = canvas.view.metric(canvas.table, names[0]).unit
    row = frame.row(0, named=True)
    rows = pl.DataFrame(
        {
            "label": [canvas.label(name) for name in names],
            "value": [row[name] for name in names],
            "text": [written(row[name], unit, canvas.view.currency) for name in names],
            "meaning": [canvas.meaning(name) for name in names],
        }
    )
    base = alt.Chart(rows).encode(
        y=alt.Y("label:N", sort=None, axis=_NAMES),
        x=alt.X("value:Q", axis=canvas.axis(names[0], "")),
        tooltip=[
            alt.Tooltip("label:N", title=_("What")),
            alt.Tooltip("text:N", title=_("Value")),
            alt.Tooltip("meaning:N", title=_("Meaning")),
        ],
    )
    bars = base.mark_bar(color=palette.accent())
    labels = base.mark_text(align="left", dx=4, color=palette.text()).encode(text=alt.Text("text:N"))
    return laid(bars, labels, height=30 * len(names) + 50)


def distribution_chart(canvas: Canvas, frame: pl.DataFrame, title: str, edges: Sequence[int]) -> AnyChart:
    """Draw the buckets up to a week as parcels per hour, with the hours that are promised marked."""
    count = canvas.label("waybill_count")
    rows = frame.filter(pl.col("to_hours") <= _WEEK).with_columns(
        density=pl.col("waybill_count") / (pl.col("to_hours") - pl.col("from_hours"))
    )
    bars = (
        alt.Chart(rows)
        .mark_rect(color=palette.accent())
        .encode(
            x=alt.X("from_hours:Q", axis=alt.Axis(title=title, values=list(range(0, _WEEK + 1, 24)))),
            x2=alt.X2("to_hours:Q"),
            y=alt.Y("density:Q", axis=alt.Axis(title=_("{parcels} per hour", parcels=count), tickCount=4)),
            y2=alt.datum(0),
            tooltip=[
                alt.Tooltip("from_hours:Q", title=_("More than, h")),
                alt.Tooltip("to_hours:Q", title=_("At most, h")),
                alt.Tooltip("waybill_count:Q", title=count, format=","),
            ],
        )
    )
    rules = alt.Chart(pl.DataFrame({"edge": list(edges)})).encode(x=alt.X("edge:Q"))
    marks = rules.mark_rule(strokeDash=[4, 3], color=palette.grey())
    labels = rules.mark_text(align="left", dx=3, fontSize=10, color=palette.grey()).encode(
        y=alt.value(6), text=alt.Text("edge:Q", format="d")
    )
    return laid(bars, marks, labels, height=SMALL + 60)
