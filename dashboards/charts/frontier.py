"""What couriers of a lane cost and how long they take, and whom no other beats in both."""

import altair as alt
import polars as pl

from dashboards.charts.canvas import AnyChart, Canvas, laid

_COST, _HOURS = "mean_parcel_cost", "p90_registered_to_attempt_hours"


def frontier_chart(canvas: Canvas, frame: pl.DataFrame) -> AnyChart:
    """Draw a dot per courier with both its intervals as whiskers; those that are beaten are rings.

    Args:
        canvas: the table and the reader's look.
        frame: rows of `mart_courier_frontier` of one lane and band of weight.
    """
    base = canvas.chart(frame, _COST).encode(
        x=alt.X(f"{_COST}:Q", axis=canvas.axis(_COST), scale=alt.Scale(zero=False, padding=24)),
        y=alt.Y(f"{_HOURS}:Q", axis=canvas.axis(_HOURS), scale=alt.Scale(zero=False, padding=24)),
        tooltip=canvas.tooltip(frame.columns),
    )
    colour = canvas.colour("courier_id", frame["courier_id"].to_list(), legend=True)
    across = base.mark_rule(strokeWidth=1).encode(
        x=alt.X(f"{_COST}_low:Q"), x2=alt.X2(f"{_COST}_high:Q"), color=colour
    )
    down = base.mark_rule(strokeWidth=1).encode(
        y=alt.Y(f"{_HOURS}_low:Q"), y2=alt.Y2(f"{_HOURS}_high:Q"), color=colour
    )
    # A courier that is beaten is an empty ring.
    inside = alt.condition("datum.is_unbeaten", alt.value(1), alt.value(0))
    dots = base.mark_point(filled=True, size=110).encode(color=colour, fillOpacity=inside)
    rings = base.mark_point(size=110, strokeWidth=2).encode(color=colour)
    return laid(across, down, dots, rings, height=320, legend_of=len(frame))
