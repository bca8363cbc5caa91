"""What each published metric is, said in Polars over the reference's rows."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl

Rows = pl.DataFrame
#: Metrics' word for a percentile → its share.
PERCENTILES = {"median": 0.5, "p90": 0.9}
#: A number of the chosen rows; None when there is nothing to divide by.
Number = Callable[[Rows], "float | Exact | None"]


@dataclass(frozen=True)
class Exact:
    """An exact quantile in hours, None when not reached: a histogram knows it to the bucket."""

    hours: float | None


@dataclass(frozen=True)
class Subject:
    """A mart, the rows behind it, by what it may be filtered, and its numbers by metric."""

    table: str
    rows: Rows
    dimensions: tuple[str, ...]
    date: str
    numbers: dict[str, Number]
    #: Columns of which exactly one value is chosen.
    one_of: tuple[str, ...] = ()
    #: What the mart is filtered by besides, such as its date basis.
    fixed: dict[str, str] = field(default_factory=dict)
    #: Column of the mart by which its days are filtered.
    date_column: str = "calendar_date"


def ratio(part: float, whole: float) -> float | None:
    """A share, None where there is nothing to divide by."""
    return float(part) / float(whole) if whole else None


def total(column: str) -> Number:
    """The sum of a column; None of no rows."""
    return lambda rows: float(rows[column].sum()) if rows.height else None


def count(*conditions: pl.Expr) -> Number:
    """How many rows meet the conditions."""
    return lambda rows: rows.filter(*conditions).height


def share(part: pl.Expr, whole: pl.Expr | None = None) -> Number:
    """Share of rows that meet `part`, of those that meet `whole`."""

    def _share(rows: Rows) -> float | None:
        chosen = rows if whole is None else rows.filter(whole)
        return ratio(chosen.filter(part).height, chosen.height)

    return _share


def is_whole(part: pl.Expr, whole: pl.Expr) -> Number:
    """Whether all rows that meet `whole` meet `part`, as 1 or 0; None where none does."""

    def _is_whole(rows: Rows) -> float | None:
        chosen = rows.filter(whole)
        met = chosen.filter(part).height
        return float(met == chosen.height) if met else None

    return _is_whole


def is_settled(under_way: pl.Expr, whole: pl.Expr) -> Number:
    """Whether at most 1% of rows that meet `whole` are under way, as 1 or 0; None where none meets it."""

    def _is_settled(rows: Rows) -> float | None:
        chosen = rows.filter(whole)
        return float(chosen.filter(under_way).height <= 0.01 * chosen.height) if chosen.height else None

    return _is_settled


def mean(column: str, scale: float = 3600) -> Number:
    """The mean of a column without nulls, in hours where it holds seconds."""

    def _mean(rows: Rows) -> float | None:
        values = rows[column].drop_nulls()
        return ratio(values.sum() / scale, values.len())

    return _mean


def quantile(column: str, started: pl.Expr, p: float) -> Number:
    """The value that the share `p` of all that started have reached, the others ranking last."""

    def _quantile(rows: Rows) -> Exact:
        chosen = rows.filter(started)
        ended = chosen[column].drop_nulls().sort()
        rank = max(1, math.ceil(p * chosen.height - 1e-9))
        is_reached = chosen.height > 0 and rank <= ended.len()
        return Exact(ended[rank - 1] / 3600 if is_reached else None)

    return _quantile


def quantiles(name: str, column: str, started: pl.Expr, shares: dict[str, float]) -> dict[str, Number]:
    """Metrics `<share>_<name>_hours`."""
    return {f"{word}_{name}_hours": quantile(column, started, p) for word, p in shares.items()}


def concentration(column: str, weight: str | None = None) -> Number:
    """Herfindahl-Hirschman index of a column's values, by rows or by the sum of a weight."""

    def _concentration(rows: Rows) -> float | None:
        parts = rows.group_by(column).agg(pl.len() if weight is None else pl.col(weight).sum()).to_series(1)
        whole = float(parts.sum())
        return sum((float(part) / whole) ** 2 for part in parts) * 10_000 if whole else None

    return _concentration
