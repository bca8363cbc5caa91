"""Each part of one cut against its own history: what was to be expected, and how surprising it is."""

import json
from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy.special import stdtr

from estimates.findings.metric import Metric
from estimates.findings.moderated import moderated

#: A part has so many parcels (orders) in each of the weeks that it is judged by.
FEW = 30
#: What a share is of has so many: of fewer, too few could move for anyone to mind, and each part that is
#: tried makes all others less certain.
MANY = 5 * FEW
#: So many weeks of history at least.
WEEKS = 6

_SUMS = ("amount", "whole", "count")


def tried_parts(cells: pl.DataFrame, metric: Metric, cut: Sequence[str]) -> pl.DataFrame:
    """Return the parts of a cut that can be judged, each with its statistic and p-value.

    Args:
        cells: rows as ``find`` takes them.
        metric: what is measured.
        cut: the columns whose values make the parts.
    """
    weeks = _shares(cells, cut) if metric.kind == "share" else _beside_others(cells, cut)
    rate = pl.col("amount") / pl.col("whole")
    # A week in which all take longer by a half has its noise, too, by a half larger.
    apart = rate / pl.col("others") - 1 if metric.kind == "times" else rate - pl.col("others")
    # What is not known to be any courier's or province's is nobody's to mend.
    least = MANY if metric.kind == "share" else FEW
    weeks = (
        weeks.drop_nulls(cut).filter(pl.col("count") >= least).with_columns(apart=apart).sort(*cut, "week")
    )
    is_now, is_past = pl.col("week") == 0, pl.col("week") > 0
    past = pl.col("whole").filter(is_past)
    usual = (pl.col("whole") * pl.col("apart")).filter(is_past).sum() / past.sum()
    spread = (pl.col("whole") * (pl.col("apart") - pl.col("usual")).pow(2)).filter(is_past).sum()
    parts = (
        weeks.with_columns(usual=usual.over(cut))
        .group_by(cut, maintain_order=True)
        .agg(
            *(pl.col(name).filter(is_now).sum() for name in _SUMS),
            others=pl.col("others").filter(is_now).sum(),
            usual=pl.col("usual").first(),
            past=past.sum(),
            before=pl.col("amount").filter(is_past).sum() / past.sum(),
            weeks=is_past.sum(),
            spread=spread,
        )
        .filter(pl.col("count") > 0, pl.col("weeks") >= WEEKS, pl.col("spread") > 0)
    )
    return _judged(parts, metric, cut)


def _beside_others(cells: pl.DataFrame, cut: Sequence[str]) -> pl.DataFrame:
    """Return each part's sums of each week with the rate of all others in that week."""
    market = cells.group_by("week").agg(all_amount=pl.col("amount").sum(), all_whole=pl.col("whole").sum())
    parts = cells.group_by(*cut, "week").agg(pl.col(_SUMS).sum()).join(market, on="week")
    others = (pl.col("all_amount") - pl.col("amount")) / (pl.col("all_whole") - pl.col("whole"))
    return parts.filter(pl.col("all_whole") > pl.col("whole")).with_columns(others=others)


def _shares(cells: pl.DataFrame, cut: Sequence[str]) -> pl.DataFrame:
    """Return each part's amount of each week in the whole of that week; a part that is gone has 0 of it."""
    within = list(cut[1:])
    wholes = cells.group_by(*within, "week").agg(pl.col("whole", "count").sum())
    parts = cells.group_by(*cut, "week").agg(pl.col("amount").sum())
    ever = parts.select(cut).unique()
    grid = ever.join(wholes, on=within, nulls_equal=True) if within else ever.join(wholes, how="cross")
    return grid.join(parts, on=[*cut, "week"], how="left", nulls_equal=True).with_columns(
        pl.col("amount").fill_null(0), others=pl.lit(0.0)
    )


def _judged(parts: pl.DataFrame, metric: Metric, cut: Sequence[str]) -> pl.DataFrame:
    freedoms = parts["weeks"].to_numpy().astype(float) - 1
    steady = moderated(parts["spread"].to_numpy() / freedoms, freedoms)
    whole, count = parts["whole"].to_numpy(), parts["count"].to_numpy()
    now = parts["amount"].to_numpy() / whole
    elsewhere, usually = parts["others"].to_numpy(), parts["usual"].to_numpy()
    is_times = metric.kind == "times"
    expected = elsewhere * (1 + usually) if is_times else elsewhere + usually
    change = now / elsewhere - 1 - usually if is_times else now - expected
    error = np.sqrt(steady.variances * (1 / whole + 1 / parts["past"].to_numpy()))
    statistic = change / error
    is_share = metric.kind == "share"
    touched = np.abs(change) * count if is_share else count
    return pl.DataFrame(
        {
            "cut": [json.dumps(row) for row in parts.select(cut).to_dicts()],
            "now": now,
            "before": parts["before"],
            "expected": expected,
            "touched": np.rint(touched).astype(np.int64),
            "statistic": statistic,
            # Student's t, on both sides.
            "p": 2 * stdtr(steady.freedoms, -np.abs(statistic)),
            "is_large": (np.abs(change) >= metric.least) & (touched >= FEW if is_share else True),
        },
        schema=_TRIED,
    )


_TRIED = {
    "cut": pl.String,
    "now": pl.Float64,
    "before": pl.Float64,
    "expected": pl.Float64,
    "touched": pl.Int64,
    "statistic": pl.Float64,
    "p": pl.Float64,
    "is_large": pl.Boolean,
}
