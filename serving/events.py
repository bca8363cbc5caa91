"""China's sales and holidays, which move what is sold and carried."""

from datetime import timedelta

import polars as pl

from serving.period import Period
from serving.published import Published


def events(published: Published, period: Period) -> pl.DataFrame:
    """Return the period's events, each time once: its first day, name, name_zh, and kind (``sale`` …)."""
    days = published.frame(
        "select calendar_date as day, event_name as name, event_name_zh as name_zh, kind "
        "from calendar_events where calendar_date between ? and ? order by calendar_date",
        [period.first, period.last],
    )
    # A holiday lasts for days; its first stands for it.
    is_first = (pl.col("day").diff().over("name") > timedelta(days=20)).fill_null(value=True)
    return days.filter(is_first)
