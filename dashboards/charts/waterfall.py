"""A change as a waterfall: each bar begins where the one above it ended, the last one is the whole."""

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import polars as pl

from dashboards.charts import palette
from dashboards.charts.canvas import AnyChart
from dashboards.languages.messages import _

#: The selection that a click on a bar makes, and what it holds.
CLICK, VALUE = "part", "value"

#: So many bars at most, the smaller ones together the last of them.
BARS_MAX = 11


@dataclass(frozen=True)
class Bar:
    """One effect: of what, its size as a number and in words; ``value`` is what a click chooses."""

    label: str
    effect: float
    text: str
    value: str | None = None
    note: str = ""


def waterfall(bars: Sequence[Bar], whole: Bar, title: str, axis: alt.Axis) -> AnyChart:
    """Draw the bars from top to bottom and the whole below; a click on a bar selects its value."""
    reached, rows = 0.0, []
    for bar in bars:
        rows.append({**vars(bar), "start": reached, "end": reached + bar.effect, "is_whole": False})
        reached += bar.effect
    rows.append({**vars(whole), "start": 0.0, "end": whole.effect, "is_whole": True})
    frame = pl.DataFrame(rows, infer_schema_length=None)
    base = alt.Chart(frame).encode(
        y=alt.Y(
            "label:N",
            sort=[row["label"] for row in rows],
            axis=alt.Axis(title=None, labelLimit=220, labelOverlap=False),
        ),
        tooltip=[
            alt.Tooltip("label:N", title=_("Part")),
            alt.Tooltip("text:N", title=title),
            alt.Tooltip("note:N", title=_("Beside it")),
        ],
    )
    colour = (
        alt.when("datum.is_whole")
        .then(alt.value(palette.grey()))
        .when("datum.effect < 0")
        .then(alt.value(palette.attention()))
        .otherwise(alt.value(palette.accent()))
    )
    click = alt.selection_point(name=CLICK, fields=[VALUE])
    drawn = (
        base.mark_bar(cursor="pointer")
        .encode(x=alt.X("start:Q", axis=axis), x2=alt.X2("end:Q"), color=colour)
        .add_params(click)
    )
    labels = (
        base.mark_text(align="left", dx=4, color=palette.text())
        .encode(x=alt.X("far:Q"), text=alt.Text("text:N"))
        .transform_calculate(far="max(datum.start, datum.end)")
    )
    # As SVG every bar is an element of the page, with a name of its own, which a canvas has not.
    drawn_and_labelled: AnyChart = alt.layer(drawn, labels).properties(
        height=26 * (len(rows) + 1) + 40, usermeta={"embedOptions": {"renderer": "svg"}}
    )
    return drawn_and_labelled
