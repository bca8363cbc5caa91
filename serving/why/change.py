"""A metric's change between two looks at a published table, split by the values of one column."""

from dataclasses import dataclass

import polars as pl

from serving.period import Period
from serving.published import Conditions, Every, Published
from serving.why.split import gather_few, split_mean, split_sum
from serving.why.terms import Terms, terms

#: The 97.5th percentile of the normal distribution: an interval of 95%.
_NORMAL = 1.96
#: An interval needs so many days, weeks or months in each period.
_POINTS = 6
#: What says how many parcels, or else orders, a part has.
_COUNTS = ("waybill_count", "order_count")
_MEASURES = ("amount", "whole", "count")


@dataclass(frozen=True)
class Change:
    """A change and its parts, the largest effect first.

    Of a percentile it is the change of the share of parcels slower than ``slower_than`` hours, its value
    before. ``parts`` has a row per value of the dimension: `effect`, of ratios and means `mix` and `rate`,
    which add up to it, with the interval of the rate effect (`rate_low`, `rate_high`), and `count_now`,
    `count_before`.
    """

    now: float
    before: float
    parts: pl.DataFrame
    slower_than: float | None = None


def explain_change(
    published: Published, table: str, name: str, by: str, now: Conditions, before: Conditions
) -> Change | None:
    """Return a metric's change from ``before`` to ``now`` split by ``by``.

    None where the metric is neither a sum, a ratio of sums nor a percentile, or is not known in a period.

    Raises:
        UnequalPartsError: the parts do not add up to the change.
    """
    made_of = terms(published, published.dictionary.metric(table, name))
    if made_of is None:
        return None
    hours: float | None = None
    if made_of.kind == "percentile":
        hours = published.metrics(table, [name], filters=before).item()
        made_of = Terms("percentile", made_of.amount.format(hours=hours or 0.0), made_of.whole)
    ours, theirs = (_value(published, table, made_of, each) for each in (now, before))
    if ours is None or theirs is None or (made_of.kind == "percentile" and hours is None):
        return None
    sides = [_cells(published, table, made_of, by, each) for each in (now, before)]
    parts = gather_few(_parts(sides, by), by)
    if made_of.kind == "sum":
        found = split_sum(parts, ours - theirs)
    else:
        found = _with_interval(split_mean(parts, ours - theirs), sides, by)
    largest = found.sort(pl.col("effect").abs(), descending=True, maintain_order=True)
    return Change(ours, theirs, largest, hours)


def _value(published: Published, table: str, made_of: Terms, conditions: Conditions) -> float | None:
    """Return the whole's value, asked apart from its parts and not rounded."""
    divided = f"/ nullif(({made_of.whole})::double, 0)" if made_of.whole else ""
    asked = published.aggregates(table, {"value": f"({made_of.amount})::double {divided}"}, [], conditions)
    value: float | None = asked.item()
    return value


def _cells(published: Published, table: str, made_of: Terms, by: str, conditions: Conditions) -> pl.DataFrame:
    """Return amount, whole and count of parcels of each part and day (week, month) of the period."""
    has = published.dictionary.has
    count = next((name for name in _COUNTS if has(table, "column", name)), None)
    measures = {
        "amount": f"coalesce({made_of.amount}, 0)::double",
        "whole": f"coalesce({made_of.whole or 0}, 0)::double",
        # What counts neither parcels nor orders gathers no part.
        "count": f"coalesce(sum({count}), 0)::bigint" if count else "1000000",
    }
    dates = [Every(name, each.grain) for name, each in conditions.items() if isinstance(each, Period)]
    return published.aggregates(table, measures, [by, *dates], conditions)


def _parts(sides: list[pl.DataFrame], by: str) -> pl.DataFrame:
    now, before = (
        side.group_by(by).agg(pl.col(name).sum().alias(f"{name}_{when}") for name in _MEASURES)
        for side, when in zip(sides, ("now", "before"), strict=True)
    )
    joined = now.join(before, on=by, how="full", coalesce=True, nulls_equal=True)
    return joined.with_columns(pl.exclude(by).fill_null(0)).sort(by)


def _with_interval(found: pl.DataFrame, sides: list[pl.DataFrame], by: str) -> pl.DataFrame:
    """Add the interval of the rate effects, from how much the days of each period differ among themselves."""
    errors = [
        found.join(_errors(side, by), on=by, how="left", nulls_equal=True, maintain_order="left")["error"]
        for side in sides
    ]
    error = (errors[0] ** 2 + errors[1] ** 2).sqrt() * found["share_now"]
    low, high = found["rate"] - _NORMAL * error, found["rate"] + _NORMAL * error
    return found.with_columns(rate_low=low, rate_high=high)


def _errors(side: pl.DataFrame, by: str) -> pl.DataFrame:
    """Return the standard error of each part's rate: a ratio of sums whose clusters are days."""
    rate = (pl.col("amount").sum() / pl.col("whole").sum()).over(by)
    apart = (pl.col("apart").pow(2).sum() * pl.len() / (pl.len() - 1)).sqrt()
    return (
        side.filter(pl.col("whole") > 0)
        .with_columns(apart=pl.col("amount") - pl.col("whole") * rate)
        .group_by(by)
        .agg(points=pl.len(), error=apart / pl.col("whole").sum())
        .filter(pl.col("points") >= _POINTS)
    )
