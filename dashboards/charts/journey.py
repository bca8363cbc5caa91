"""One parcel: its scans in time and place, and its stages beside what is usual."""

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import polars as pl

from dashboards.charts import palette
from dashboards.charts.canvas import AnyChart, Canvas, laid
from dashboards.languages.messages import _
from dashboards.languages.writing import written

_NAMES = alt.Axis(title=None, labelLimit=150, labelOverlap=False)
_TIMES = alt.Axis(title=None, grid=False, labelOverlap="greedy", format="%-d.%-m. %H:%M")


def journey_chart(canvas: Canvas, scans: pl.DataFrame, at: str, place: str, what: str) -> AnyChart:
    """Draw scans as dots at their time and place, joined in their order; the first place stands on top."""
    local = scans.with_columns(
        pl.col(at).dt.convert_time_zone(canvas.view.time_zone).dt.replace_time_zone(None)
    )
    rows = canvas.chart(scans, what).data.with_columns(local[at].alias("local"))
    places = list(dict.fromkeys(rows[f"{place}_text"]))
    base = alt.Chart(rows).encode(
        x=alt.X("local:T", axis=_TIMES),
        y=alt.Y(f"{place}_text:N", sort=places, axis=_NAMES),
        tooltip=canvas.tooltip(scans.columns)[:-1],
    )
    line = base.mark_line(interpolate="step-after", strokeWidth=2, color=palette.faint()).encode(
        order=alt.Order("local:T")
    )
    dots = base.mark_point(filled=True, size=90, opacity=1, color=palette.accent())
    return laid(line, dots, height=34 * max(2, len(places)) + 60)


@dataclass(frozen=True)
class Span:
    """How long a parcel took for one part of its way, and how long others take; hours, None if not known."""

    label: str
    hours: float | None
    is_ended: bool
    p10_hours: float | None
    median_hours: float | None
    p90_hours: float | None

    @property
    def is_slow(self) -> bool:
        """Tell whether nine of ten others were faster."""
        return self.hours is not None and self.p90_hours is not None and self.hours > self.p90_hours


def span_chart(spans: Sequence[Span]) -> AnyChart:
    """Draw each part's hours as a dot upon the bar of what is usual (P10 to P90), the median a tick in it."""
    rows = pl.DataFrame(
        [
            {
                **vars(span),
                "own": written(span.hours, "hours"),
                "usual": f"{written(span.p10_hours, 'hours')} – {written(span.p90_hours, 'hours')}",
                "is_slow": span.is_slow,
            }
            for span in spans
        ],
        infer_schema_length=None,
    )
    own = (
        [alt.Tooltip("own:N", title=_("This parcel"))]
        if any(span.hours is not None for span in spans)
        else []
    )
    base = alt.Chart(rows).encode(
        y=alt.Y("label:N", sort=[span.label for span in spans], axis=_NAMES),
        tooltip=[
            alt.Tooltip("label:N", title=_("Stage")),
            *own,
            alt.Tooltip("usual:N", title=_("Usual, P10 – P90")),
        ],
    )
    x = alt.Axis(title=_("Hours"), tickCount=6)
    bars = base.mark_bar(height=12, color=palette.faint()).encode(
        x=alt.X("p10_hours:Q", axis=x), x2=alt.X2("p90_hours:Q")
    )
    middles = base.mark_tick(thickness=2, height=12, color=palette.grey()).encode(x=alt.X("median_hours:Q"))
    colour = alt.condition("datum.is_slow", alt.value(palette.attention()), alt.value(palette.accent()))
    ended, under_way = (
        base.transform_filter(condition)
        # Where none is under way the layer is an image of nothing, which no reader need hear of.
        .mark_point(filled=filled, size=90, opacity=1, strokeWidth=2, aria=False)
        .encode(x=alt.X("hours:Q"), color=colour)
        for condition, filled in (("datum.is_ended", True), ("!datum.is_ended", False))
    )
    return laid(bars, middles, ended, under_way, height=27 * max(2, len(spans)) + 50)
