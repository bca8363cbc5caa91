"""By which day parcels are there."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import altair as alt
import polars as pl

from dashboards.charts import palette
from dashboards.charts.canvas import AnyChart, day_axis, laid
from dashboards.languages.messages import _
from dashboards.languages.writing import written


def arrival_chart(arrivals: Sequence[tuple[str, int, Mapping[int, datetime | None]]]) -> AnyChart:
    """Draw a bar per courier from the moment by which half of its parcels are there to that of 95 of 100.

    Args:
        arrivals: a courier's name, how many of its parcels that is known from, and by share of 100 the
            moment on the clock where they arrive; none where it cannot be said.
    """
    rows = pl.DataFrame(
        [
            {
                "courier": name,
                "sample": written(count, "count"),
                **{f"p{share}": at for share, at in moments.items()},
                **{
                    f"day{share}": _("cannot say") if at is None else written(at.date(), "date")
                    for share, at in moments.items()
                },
            }
            for name, count, moments in arrivals
        ],
        infer_schema_length=None,
    ).with_columns(pl.selectors.datetime().dt.replace_time_zone(None))
    shares = list(arrivals[0][2])
    names = alt.Axis(title=None, labelLimit=150, labelOverlap=False)
    base = alt.Chart(rows).encode(
        y=alt.Y("courier:N", sort=[name for name, *_rest in arrivals], axis=names),
        tooltip=[
            alt.Tooltip("courier:N", title=_("Courier")),
            *(alt.Tooltip(f"day{share}:N", title=_("{share} of 100 by", share=share)) for share in shares),
            alt.Tooltip("sample:N", title=_("Parcels that arrived")),
        ],
    )
    bars = base.mark_bar(height=12, color=palette.faint()).encode(
        x=alt.X("p50:T", axis=day_axis()), x2=alt.X2("p95:T")
    )
    most = base.mark_tick(thickness=3, height=14, color=palette.accent()).encode(x=alt.X("p90:T"))
    return laid(bars, most, height=27 * max(2, len(arrivals)) + 50)
