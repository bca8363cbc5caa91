"""Published figures of others, drawn beside ours where their definition is known."""

import polars as pl

from serving.published import Published


def yardsticks(serving: Published, metric: str) -> pl.DataFrame:
    """Return first_date, last_date, value, unit, label, is_derived of one metric's yearly figures."""
    return serving.frame(
        "select make_date(list_year, 1, 1) as first_date, make_date(list_year, 12, 31) as last_date, "
        "value::double as value, unit, label, is_derived from yardsticks "
        "where measure = ? order by list_year",
        [metric],
    )
