"""Charts over time: lines whose immature part is dashed, stacked shares, yardsticks and events."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import altair as alt
import polars as pl

from dashboards.charts import palette
from dashboards.charts.canvas import (
    HEIGHT,
    LABEL_LENGTH_MAX,
    LABELLED_MAX,
    LEGEND,
    AnyChart,
    Canvas,
    added,
    laid,
    spread,
)
from dashboards.charts.texts import entry_of, flags_in, with_texts
from dashboards.choice.few import COUNTS, FEW, is_statistic
from dashboards.choice.view import View
from dashboards.languages.messages import N_, _
from dashboards.languages.writing import called_events, written, written_day, written_period
from serving.events import events
from serving.kept import KeptError, read_notes, within
from warehouse.settings import Settings


def line_chart(
    canvas: Canvas,
    frame: pl.DataFrame,
    date: str,
    names: Sequence[str],
    *,
    by: str | None = None,
    zero: bool = False,
    height: int = HEIGHT,
    is_noted: bool = True,
) -> AnyChart:
    """Draw metrics over time: one line per metric, or of one metric one line per value of ``by``.

    Args:
        canvas: the table and the reader's look.
        frame: one row per date (and ``by``); metrics of one unit. Where it has the flag that says whether a
            metric is final, the line is dashed until then.
        date: the date column.
        names: the metrics.
        by: the dimension that makes the lines.
        zero: whether the axis starts at nought.
        height: pixels.
        is_noted: whether people's notes of the days stand in it; they are the market's.
    """
    values = canvas.order(frame, by) if by else list(names)
    series = canvas.names(by, values) if by else [canvas.label(name) for name in names]
    # Days that are not known yet keep their place, and charts below each other their days.
    is_series = frame[date].n_unique() > 1
    days = [_moment(frame[date].min()), _moment(canvas.view.period.last)] if is_series else []
    rows = _long(canvas, frame, date, names, by)
    is_short = max((len(name) for name in series), default=0) <= LABEL_LENGTH_MAX
    is_labelled = 1 < len(values) <= LABELLED_MAX and is_short
    legend = None if is_labelled else LEGEND
    colours = canvas.colours(by, values) if len(values) > 1 else [palette.accent()]
    scale = alt.Scale(domain=series, range=colours)
    base = alt.Chart().encode(
        x=canvas.time("date", sorted(frame[date].unique())).scale(
            alt.Scale(domain=days) if is_series else alt.Scale()
        ),
        y=alt.Y(
            "value:Q",
            axis=canvas.axis(names[0], None if len(names) == 1 else ""),
            scale=alt.Scale(zero=zero, nice=True),
        ),
        color=alt.Color("series:N", scale=scale, legend=legend if len(values) > 1 else None),
        tooltip=[alt.Tooltip(f"{column}:N", title=_(title)) for column, title in _TOOLTIP.items()],
    )
    firm, loose = _split(rows.filter(~pl.col("is_few")))
    layers = [*(_noted(canvas.view) if is_noted else []), _joined(base, firm).mark_line(strokeWidth=2.5)]
    if len(loose):
        layers.append(_joined(base, loose).mark_line(strokeWidth=2, strokeDash=[4, 4]))
    many, few = rows.filter(~pl.col("is_few")), rows.filter("is_few")
    shown = 1 if len(rows) < _POINTS_MAX else 0
    if len(many):
        layers.append(_over(base, many).mark_point(size=40, filled=True, opacity=shown))
    if len(few):
        layers.append(_over(base, few).mark_point(size=40, filled=False, opacity=1))
    points = _over(base, rows)
    # Unseen and wide, so that a pointer need not hit the point.
    layers.append(points.mark_point(size=500, filled=True, opacity=0.001))
    if is_labelled:
        ends = rows.group_by("series", maintain_order=True).last()
        axis = [*rows["value"], *([0.0] if zero else [])]
        ends = ends.with_columns(value=pl.Series(spread(ends["value"].to_list(), axis), dtype=pl.Float64))
        layers.append(
            _over(base, ends).mark_text(align="left", dx=8, fontSize=12).encode(text=alt.Text("series:N"))
        )
    return laid(*layers, height=height, legend_of=0 if is_labelled or len(values) < 2 else len(values))


def _noted(view: View) -> list[alt.Chart]:
    """Draw what people noted of days of the period: bands behind the lines, and their words above them."""
    try:
        notes = within(read_notes(Settings.from_environment().notes), view.period)
    except KeptError:  # the sidebar says so
        return []
    if not notes:
        return []
    rows = pl.DataFrame(
        {
            "from": [max(note.period.first, view.period.first) for note in notes],
            # A day ends where the next one begins.
            "to": [min(note.period.last, view.period.last) + timedelta(days=1) for note in notes],
            "note": [note.text for note in notes],
            "days": [written_period(note.period) for note in notes],
        }
    )
    tooltip = [alt.Tooltip("note:N", title=_("Note")), alt.Tooltip("days:N", title=_("Days"))]
    base = alt.Chart(rows).encode(x=alt.X("from:T"), tooltip=tooltip)
    band = base.mark_rect(color=palette.grey(), opacity=0.15).encode(x2=alt.X2("to:T"))
    words = base.mark_text(align="left", baseline="top", dx=3, dy=3, fontSize=11, color=palette.grey())
    return [band, words.encode(y=alt.value(0), text=alt.Text("note:N"))]


#: Points up to which each is drawn on its line.
_POINTS_MAX = 90
#: Days up to which holidays are named too.
_NAMED_DAYS_MAX = 92

_TOOLTIP = {
    "date_text": N_("When"),
    "series": N_("What"),
    "value_text": N_("Value"),
    "meaning": N_("Meaning"),
}


def _moment(day: Any) -> alt.DateTime:
    return alt.DateTime(year=day.year, month=day.month, date=day.day)


def _over(base: alt.Chart, rows: pl.DataFrame) -> alt.Chart:
    chart = base.copy()
    chart.data = rows
    return chart


def _joined(base: alt.Chart, rows: pl.DataFrame) -> alt.Chart:
    """Return the chart over rows of which only neighbours are joined by a line."""
    return _over(base, rows).encode(detail=alt.Detail("run:N"))


def _long(
    canvas: Canvas,
    frame: pl.DataFrame,
    date: str,
    names: Sequence[str],
    by: str | None,
) -> pl.DataFrame:
    """Return one row per point: date, series, value, whether final, whether of few, and their texts.

    Points of fewer parcels or orders than a statement needs end a run of those that are joined.
    """
    flags = flags_in(canvas.view, canvas.table, frame.columns)
    finals = {name: flags[name] for name in names if name in flags}
    # Two metrics may have one flag.
    needed = list(dict.fromkeys([date, *([by] if by else []), *names, *finals.values()]))
    texts = with_texts(canvas.view, canvas.table, frame.select(needed), canvas.grain)
    only = pl.format(_("Only {count}, too few to be joined by a line.", count="{}"), "number")
    rows = texts.with_columns(number=_number(frame))
    parts = [
        rows.with_columns(
            is_few=(pl.col("number") < FEW) & is_statistic(entry_of(canvas.view, canvas.table, name))
        ).select(
            "is_few",
            date=date,
            value=pl.col(name).cast(pl.Float64),
            series=pl.col(f"{by}_text") if by else pl.lit(canvas.label(name)),
            is_final=pl.col(finals[name]).fill_null(value=True) if name in finals else pl.lit(value=True),
            date_text=f"{date}_text",
            value_text=f"{name}_text",
            meaning=pl.when("is_few").then(only).otherwise(pl.lit(canvas.meaning(name))),
        )
        for name in names
    ]
    points = pl.concat(parts).drop_nulls("value").sort("date")
    return points.with_columns(run=pl.col("is_few").cum_sum().over("series"))


def _number(frame: pl.DataFrame) -> pl.Series | pl.Expr:
    """Return over how many parcels or orders each row is; enough, where that is not known."""
    return next((frame[count] for count in COUNTS if count in frame.columns), pl.lit(FEW))


def _split(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split each line into its final part and the rest; the last final point belongs to both."""
    following = pl.col("is_final").shift(-1).over("series").fill_null(value=True)
    return rows.filter("is_final"), rows.filter(~pl.col("is_final") | ~following)


def share_chart(
    canvas: Canvas,
    frame: pl.DataFrame,
    date: str,
    value: str,
    by: str,
    order: Sequence[str],
    *,
    line: pl.DataFrame | None = None,
    line_name: str = "",
    height: int = HEIGHT,
) -> AnyChart:
    """Draw a metric, or its share, stacked over time; the first of ``order`` stands on the axis.

    ``line`` (date, ``line_name`` and of how many it is) is drawn on top of the stack, for a roll-up of its
    lowest parts; points of few are hollow and joined to none.
    """
    place = f"indexof({json.dumps(canvas.names(by, order))}, datum.{by}_text)"
    bars = (
        canvas.chart(frame, value)
        .transform_calculate(place=place)
        .mark_bar(stroke=palette.background(), strokeWidth=0.6)
        .encode(
            x=canvas.band(date),
            y=canvas.value(value, zero=True).stack("zero"),
            color=canvas.colour(by, order, legend=True),
            order=alt.Order("place:Q"),
            tooltip=canvas.tooltip(frame.columns),
        )
    )
    bars = canvas.linked(bars, by)
    if line is None:
        return laid(bars, height=height, legend_of=len(order))
    rows = canvas.chart(line, line_name).data.with_columns(is_few=_number(line) < FEW).sort(date)
    rows = rows.with_columns(run=pl.col("is_few").cum_sum())
    many, few = rows.filter(~pl.col("is_few")), rows.filter("is_few")
    top = alt.Chart().encode(
        x=canvas.band(date), y=alt.Y(f"{line_name}:Q"), tooltip=canvas.tooltip(line.columns)
    )
    stroke = palette.attention()
    layers = [bars]
    # An empty layer would be a picture without a name to a screen reader.
    if len(many):
        layers.append(_joined(top, many).mark_line(strokeWidth=2.5, color=stroke))
        layers.append(_over(top, many).mark_point(filled=True, size=45, color=stroke, opacity=1))
    if len(few):
        layers.append(_over(top, few).mark_point(filled=False, size=45, color=stroke, opacity=1))
    return laid(*layers, height=height, legend_of=len(order))


def with_events(chart: AnyChart, view: View) -> AnyChart:
    """Mark China's sales and holidays of the period; in a long one only the sales."""
    if not view.is_of_china:
        return chart
    named = events(view.serving, view.period)
    if view.period.day_count > _NAMED_DAYS_MAX:
        named = named.filter(kind="sale")
    if named.is_empty():
        return chart
    named = named.with_columns(
        pl.Series("name", called_events(named)),
        pl.Series("day_text", [written_day(day) for day in named["day"]]),
    )
    tooltip = [alt.Tooltip("name:N", title=_("Event")), alt.Tooltip("day_text:N", title=_("Day"))]
    rule = (
        alt.Chart(named)
        .mark_rule(strokeDash=[2, 3], color=palette.grey())
        .encode(x=alt.X("day:T"), tooltip=tooltip)
    )
    label = (
        alt.Chart(named)
        .mark_text(baseline="bottom", dy=-3, fontSize=11, color=palette.grey())
        .encode(x=alt.X("day:T"), y=alt.value(0), text=alt.Text("name:N"))
    )
    return added(chart, rule, label)


def with_yardstick(chart: AnyChart, yardsticks: pl.DataFrame, view: View) -> AnyChart:
    """Draw the yearly figures of ``serving.yardsticks`` as grey dashes.

    Their label stands above the plot, where no line of ours can cross it.
    """
    period = view.period
    if not view.is_of_china:
        return chart
    shown = yardsticks.filter((pl.col("last_date") >= period.first) & (pl.col("first_date") <= period.last))
    if shown.is_empty():
        return chart
    shown = shown.with_columns(
        first_date=pl.max_horizontal("first_date", pl.lit(period.first)),
        last_date=pl.min_horizontal("last_date", pl.lit(period.last)),
        figure=pl.Series([_figure(row) for row in shown.iter_rows(named=True)], dtype=pl.String),
        label=pl.Series([_(label) for label in shown["label"]], dtype=pl.String),
    )
    rule = (
        alt.Chart(shown)
        .mark_rule(strokeDash=[8, 4], strokeWidth=2, color=palette.grey())
        .encode(
            y=alt.Y("value:Q"),
            x=alt.X("first_date:T"),
            x2=alt.X2("last_date:T"),
            tooltip=[alt.Tooltip("label:N", title=_("Yardstick")), alt.Tooltip("figure:N", title=_("Year"))],
        )
    )
    labels = [f"╌ ╌  {shown['label'][0]}", " · ".join(shown["figure"])]
    title = alt.TitleParams(labels, anchor="start", fontSize=11, fontWeight="normal", color=palette.grey())
    marked = added(chart, rule)
    marked.title = title
    return marked


#: Whose figures they are.
YARDSTICKS = (N_("State Post Bureau, 50 cities"),)


def _figure(row: dict[str, Any]) -> str:
    """Return a year and its figure as words."""
    parts = {"year": row["first_date"].year, "value": written(row["value"], row["unit"])}
    return _("{year} (derived): {value}", **parts) if row["is_derived"] else _("{year}: {value}", **parts)
