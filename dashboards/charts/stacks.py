"""Bars made of parts that add up: the stages of a parcel's way, and what became of the rows read."""

from collections.abc import Mapping, Sequence

import altair as alt
import polars as pl

from dashboards.charts import palette
from dashboards.charts.canvas import LEGEND, SMALL, AnyChart, Canvas, laid
from dashboards.languages.messages import _
from dashboards.languages.writing import called

#: A few days do not fill the width with their bars, pixels.
_BAR_WIDTH_MAX, _FEW_DAYS = 48, 12

_NAMES = alt.Axis(title=None, labelLimit=130, labelOverlap=False)


def stage_chart(
    canvas: Canvas, frame: pl.DataFrame, by: str, stages: Mapping[str, str], total: str
) -> AnyChart:
    """Draw the stages end to end, one bar per row in the rows' order, the total at its end.

    Args:
        canvas: the table and the reader's look.
        frame: one row per value of ``by`` with a column per stage and the total, hours.
        by: the chosen cut.
        stages: metric → stage, in the order of the parcel's way.
        total: the metric of the whole way.
    """
    rows = _parts(canvas, frame, by, list(stages))
    colours = palette.stages()
    what = called(canvas.view.serving.dictionary.column(canvas.table, by))
    base = alt.Chart(rows).encode(y=alt.Y("whole:N", sort=None, axis=_NAMES))
    bars = base.mark_bar(stroke=palette.background(), strokeWidth=1, cursor="pointer").encode(
        x=alt.X("value:Q", stack="zero", axis=alt.Axis(title=_("Mean, h"), tickCount=6)),
        color=_colour(canvas, list(stages), [colours[stage] for stage in stages.values()]),
        order=alt.Order("place:Q"),
        tooltip=_tooltip(what, _("Stage"), _("Mean")),
    )
    ends = base.mark_text(align="left", dx=4, color=palette.text()).encode(
        x=alt.X("value:Q"), text=alt.Text("text:N")
    )
    sums = _parts(canvas, frame, by, [total])
    ends.data = sums.with_columns(pl.col("text").str.replace(r" ?[(（].*", ""))
    linked = canvas.linked(bars, by, "key")
    return laid(linked, ends, height=30 * max(2, len(frame)) + 50, legend_of=len(stages))


def count_chart(
    canvas: Canvas, frame: pl.DataFrame, by: str, part: str, name: str, order: Sequence[str]
) -> AnyChart:
    """Draw counts stacked by ``part``, one bar per value of ``by`` in the given order."""
    parts = canvas.order(frame, part)
    bars = (
        canvas.chart(frame, name)
        .mark_bar(stroke=palette.background(), strokeWidth=0.6)
        .encode(
            x=alt.X(f"{by}_text:N", sort=canvas.names(by, order), axis=alt.Axis(title=None, labelAngle=0)),
            y=canvas.value(name, zero=True).stack("zero"),
            color=canvas.colour(part, parts, legend=True),
            tooltip=canvas.tooltip(frame.columns),
        )
    )
    return laid(bars, height=SMALL + 40, legend_of=len(parts))


def outcome_chart(
    canvas: Canvas, frame: pl.DataFrame, date: str, names: Sequence[str], title: str
) -> AnyChart:
    """Draw counts that add up as one bar per day."""
    rows = _parts(canvas, frame, date, names)
    width = _BAR_WIDTH_MAX if rows["key"].n_unique() < _FEW_DAYS else alt.Undefined
    bars = (
        alt.Chart(rows, title=title)
        .mark_bar(stroke=palette.background(), strokeWidth=0.6, size=width)
        .encode(
            x=canvas.band("key"),
            y=alt.Y("value:Q", axis=canvas.axis(names[0], _("Rows"))),
            color=_colour(canvas, names, [palette.accent(), palette.faint(), palette.attention()]),
            order=alt.Order("place:Q"),
            tooltip=_tooltip(_("Day"), _("Rows"), _("Count")),
        )
    )
    return laid(bars, height=SMALL - 60, legend_of=len(names))


def _parts(canvas: Canvas, frame: pl.DataFrame, key: str, names: Sequence[str]) -> pl.DataFrame:
    """Return one row per row and metric, with texts; the first metric comes first in the stack."""
    texts: pl.DataFrame = canvas.chart(frame, names[0]).data
    return pl.concat(
        texts.select(
            key=key,
            whole=f"{key}_text",
            part=pl.lit(canvas.label(name)),
            value=pl.col(name).cast(pl.Float64),
            text=f"{name}_text",
            meaning=pl.lit(canvas.meaning(name)),
            place=pl.lit(place),
        )
        for place, name in enumerate(names)
    )


def _colour(canvas: Canvas, names: Sequence[str], colours: Sequence[str]) -> alt.Color:
    scale = alt.Scale(domain=[canvas.label(name) for name in names], range=list(colours))
    return alt.Color("part:N", scale=scale, legend=LEGEND)


def _tooltip(whole: str, part: str, text: str) -> list[alt.Tooltip]:
    titles = {"whole": whole, "part": part, "text": text, "meaning": _("Meaning")}
    return [alt.Tooltip(f"{name}:N", title=title) for name, title in titles.items()]
