"""Find the parts of a market that changed now more than their own history lets expect.

A part's rate (hours, a share) is measured against the rest of the market in the same week, so that what moves
everyone, a sale or a festival, is no finding. How much a part differs by itself from week to week is taken
from its own history, steadied by that of all parts of the metric (`estimates.findings.moderated`); parcels of
a week share their fate, so a binomial would be far too sure. Over all parts tried the share of false findings
is held (Benjamini and Hochberg 1995).

The most certain part is taken first and its rows are taken away, in all weeks; then the rest is tried again.
A courier that is slow in one province is thus found there, and not once more as a courier, a province and a
market; a week is not found once more in its month.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from estimates.findings.metric import Metric
from estimates.findings.parts import tried_parts

#: So many findings at most.
MOST = 7

#: Span (a week, a month) → metric → rows; see ``find``.
Cells = Mapping[str, Mapping[str, pl.DataFrame]]


@dataclass(frozen=True)
class Finding:
    """A part of a metric that changed in a span: its rate now, and before, and what was to be expected now.

    ``touched`` are its parcels or orders now, of a share those by which it changed; ``certainty`` is one
    minus the adjusted p-value.
    """

    span: str
    metric: str
    cut: Mapping[str, str | None]
    now: float
    before: float
    expected: float
    touched: int
    certainty: float
    statistic: float

    @property
    def effect(self) -> float:
        """The change against what was to be expected."""
        return self.now - self.expected

    @property
    def weight(self) -> float:
        """By what findings are ranked: how much one touches and how sure it is."""
        return self.touched * min(abs(self.statistic), SURE)


@dataclass(frozen=True)
class Search:
    """The findings, those that touch most first, and how many parts were tried: span → metric → parts."""

    findings: list[Finding]
    tried: Mapping[str, Mapping[str, int]]


#: A statistic above it makes nothing more certain.
SURE = 10.0


def find(cells: Cells, metrics: Sequence[Metric], *, false_share: float) -> Search:
    """Search the parts of all metrics in all spans.

    Args:
        cells: span → metric → rows of the columns of its cuts, `week` (0 is now, 1 the week before …),
            `amount`, `whole` and `count` of parcels or orders. Weeks of a sale or festival are left out by
            the caller.
        metrics: what is tried.
        false_share: of the findings at most so many may be false, on average.
    """
    left = {span: dict(of) for span, of in cells.items()}
    tried = {(span, metric.name): _tried(left, span, metric) for span in cells for metric in metrics}
    counts = {span: {metric.name: len(tried[span, metric.name]) for metric in metrics} for span in cells}
    found: list[Finding] = []
    while len(found) < MOST:
        best = _most_certain(pl.concat(tried.values()), false_share) if tried else None
        if best is None:
            break
        found.append(best)
        metric = next(each for each in metrics if each.name == best.metric)
        for span in cells:
            left[span][metric.name] = left[span][metric.name].filter(~is_in(best.cut))
            tried[span, metric.name] = _tried(left, span, metric)
    return Search(sorted(found, key=lambda each: (-each.weight, each.metric, str(each.cut))), counts)


def is_in(cut: Mapping[str, str | None]) -> pl.Expr:
    """Return whether a row belongs to a cut."""
    return pl.all_horizontal(pl.col(name).eq_missing(pl.lit(value, pl.String)) for name, value in cut.items())


def _tried(left: Cells, span: str, metric: Metric) -> pl.DataFrame:
    """Return every part of every cut of a metric with its statistic and p-value."""
    named = [pl.lit(span).alias("span"), pl.lit(metric.name).alias("metric")]
    return pl.concat(tried_parts(left[span][metric.name], metric, cut) for cut in metric.cuts).select(
        *named, pl.all()
    )


def _most_certain(tried: pl.DataFrame, false_share: float) -> Finding | None:
    """Return the part that is the most certain of those that may be called found, None if there is none."""
    ranked = tried.sort("p", "span", "metric", "cut")
    adjusted = ranked["p"] * len(ranked) / pl.Series(range(1, len(ranked) + 1), dtype=pl.Float64)
    certain = ranked.with_columns(adjusted=adjusted.reverse().cum_min().reverse())
    large = certain.filter("is_large", pl.col("adjusted") <= false_share)
    if large.is_empty():
        return None
    row = large.sort(pl.col("statistic").abs(), descending=True, maintain_order=True).row(0, named=True)
    return Finding(
        span=row["span"],
        metric=row["metric"],
        cut=json.loads(row["cut"]),
        now=row["now"],
        before=row["before"],
        expected=row["expected"],
        touched=row["touched"],
        certainty=1 - row["adjusted"],
        statistic=row["statistic"],
    )
