"""Find the parts of a market that changed now more than their own history lets expect.

A part's rate (hours, a share) is measured against the rest of the market in the same week, so that what moves
everyone, a sale or a festival, is no finding. How much a part differs by itself from week to week is taken
from its own history, steadied by that of all parts of the metric (moderated variances: Smyth 2004,
https://doi.org/10.2202/1544-6115.1027); parcels of a week share their fate, so a binomial would be far too
sure. Over all parts tried the share of false findings is held (Benjamini and Hochberg 1995).

The most certain part is taken first and its rows are taken away, in all weeks; then the rest is tried again.
A courier that is slow in one province is thus found there, and not once more as a courier, a province and a
market.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.stats import t as student

from estimates.findings.moderated import moderated

#: So many findings at most.
MOST = 7
#: A part has so many parcels (orders) in each of the weeks that it is judged by.
FEW = 30
#: So many weeks of history at least.
WEEKS = 6


@dataclass(frozen=True)
class Metric:
    """A ratio of sums, the cuts by which its parts are tried, and the least change that anyone would mind.

    Where ``is_relative``, as of hours, parts are compared by how many times the others' rate theirs is, and
    ``least`` is a part of that; else, as of shares, both are differences.
    """

    name: str
    cuts: Sequence[Sequence[str]]
    least: float
    is_relative: bool


@dataclass(frozen=True)
class Finding:
    """A part of a metric that changed: its rate now, what was to be expected, and how sure that is.

    ``certainty`` is one minus the adjusted p-value; ``touched`` the parcels (orders) of the part now;
    ``effect`` the change against what was to be expected.
    """

    metric: str
    cut: Mapping[str, str | None]
    now: float
    expected: float
    touched: int
    certainty: float
    statistic: float

    @property
    def effect(self) -> float:
        """The change against what was to be expected."""
        return self.now - self.expected


def find(
    cells: Mapping[str, pl.DataFrame], metrics: Sequence[Metric], *, false_share: float
) -> list[Finding]:
    """Return the findings, those that touch most first.

    Args:
        cells: metric → rows of the columns of its cuts, `week` (0 is now, 1 the one before …), `amount`,
            `whole` and `count` of parcels or orders. Weeks of a sale or festival are left out by the caller.
        metrics: what is tried.
        false_share: of the findings at most so many may be false, on average.
    """
    left = dict(cells)
    found: list[Finding] = []
    while len(found) < MOST:
        tried = pl.concat(_tried(left[metric.name], metric, cut) for metric in metrics for cut in metric.cuts)
        best = _most_certain(tried, false_share)
        if best is None:
            break
        found.append(best)
        left[best.metric] = left[best.metric].filter(~is_in(best.cut))
    return sorted(found, key=lambda each: -each.touched * abs(each.statistic))


def is_in(cut: Mapping[str, str | None]) -> pl.Expr:
    """Return whether a row belongs to a cut."""
    return pl.all_horizontal(pl.col(name).eq_missing(pl.lit(value, pl.String)) for name, value in cut.items())


def _tried(cells: pl.DataFrame, metric: Metric, cut: Sequence[str]) -> pl.DataFrame:
    """Return each part of one cut with its statistic and p-value."""
    sums = [pl.col(name).sum() for name in ("amount", "whole", "count")]
    market = cells.group_by("week").agg(all_amount=pl.col("amount").sum(), all_whole=pl.col("whole").sum())
    parts = cells.group_by(*cut, "week").agg(sums).join(market, on="week")
    others = (pl.col("all_amount") - pl.col("amount")) / (pl.col("all_whole") - pl.col("whole"))
    rate = pl.col("amount") / pl.col("whole")
    parts = (
        parts.filter(pl.col("count") >= FEW, pl.col("all_whole") > pl.col("whole"))
        .with_columns(others=others)
        # A week in which all take longer by a half has its noise, too, by a half larger.
        .with_columns(apart=rate / pl.col("others") - 1 if metric.is_relative else rate - pl.col("others"))
    )
    is_now, is_past = pl.col("week") == 0, pl.col("week") > 0
    past = pl.col("whole").filter(is_past)
    usual = (pl.col("whole") * pl.col("apart")).filter(is_past).sum() / past.sum()
    spread = (pl.col("whole") * (pl.col("apart") - pl.col("usual")).pow(2)).filter(is_past).sum()
    found = (
        parts.with_columns(usual=usual.over(cut))
        .group_by(cut)
        .agg(
            *(pl.col(name).filter(is_now).sum() for name in ("amount", "whole", "count")),
            others=pl.col("others").filter(is_now).sum(),
            usual=pl.col("usual").first(),
            past=past.sum(),
            weeks=is_past.sum(),
            spread=spread,
        )
        .filter(pl.col("count") > 0, pl.col("weeks") >= WEEKS, pl.col("spread") > 0)
        .sort(cut)
    )
    freedoms = found["weeks"].to_numpy().astype(float) - 1
    steady = moderated(found["spread"].to_numpy() / freedoms, freedoms)
    now = (found["amount"] / found["whole"]).to_numpy()
    elsewhere, usually = found["others"].to_numpy(), found["usual"].to_numpy()
    expected = elsewhere * (1 + usually) if metric.is_relative else elsewhere + usually
    error = np.sqrt(steady.variances * (1 / found["whole"].to_numpy() + 1 / found["past"].to_numpy()))
    change = now / elsewhere - 1 - usually if metric.is_relative else now - expected
    statistic = change / error
    return pl.DataFrame(
        {
            "metric": [metric.name] * len(found),
            "cut": [json.dumps(row) for row in found.select(cut).to_dicts()],
            "now": now,
            "expected": expected,
            "touched": found["count"].cast(pl.Int64),
            "statistic": statistic,
            "p": 2 * student.sf(np.abs(statistic), steady.freedoms),
            "is_large": np.abs(change) >= metric.least,
        },
        schema=_TRIED,
    )


def _most_certain(tried: pl.DataFrame, false_share: float) -> Finding | None:
    """Return the part that is the most certain of those that may be called found, None if there is none."""
    ranked = tried.sort("p")
    adjusted = ranked["p"] * len(ranked) / pl.Series(range(1, len(ranked) + 1))
    certain = ranked.with_columns(adjusted=adjusted.reverse().cum_min().reverse())
    large = certain.filter("is_large", pl.col("adjusted") <= false_share)
    if large.is_empty():
        return None
    row = large.sort(pl.col("statistic").abs(), descending=True).row(0, named=True)
    return Finding(
        metric=row["metric"],
        cut=json.loads(row["cut"]),
        now=row["now"],
        expected=row["expected"],
        touched=row["touched"],
        certainty=1 - row["adjusted"],
        statistic=row["statistic"],
    )


_TRIED = {
    "metric": pl.String,
    "cut": pl.String,
    "now": pl.Float64,
    "expected": pl.Float64,
    "touched": pl.Int64,
    "statistic": pl.Float64,
    "p": pl.Float64,
    "is_large": pl.Boolean,
}
