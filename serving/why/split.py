"""A change split into parts that add up to it: arithmetic alone, frame in, frame out.

The frames have one row per part of a dimension. Of a ratio or mean a part has its `amount` (what is divided)
and its `whole` (what it is divided by), of a sum its `amount` alone; each `_now` and `_before`, 0 where it
was absent.
"""

import math
from collections.abc import Sequence

import polars as pl

#: Fewer parcels than this, in both periods, carry no part of their own.
FEW = 30
#: The part that gathers those.
OTHER = "other"

_MEASURES = ("amount", "whole", "count")
_TOLERANCE = 1e-9


class UnequalPartsError(ArithmeticError):
    """Parts that do not add up to the change: the number is none that splits in this way."""


def gather_few(parts: pl.DataFrame, by: str) -> pl.DataFrame:
    """Return the parts with those under 30 parcels (`count`) gathered into one named ``other``."""
    named = parts.with_columns(is_few=pl.max_horizontal("count_now", "count_before") < FEW)
    if not named["is_few"].any():
        return named.drop("is_few")
    measures = [
        name for name in parts.columns if name.removesuffix("_now").removesuffix("_before") in _MEASURES
    ]
    few = named.filter("is_few").select(pl.lit(OTHER).alias(by), *(pl.col(name).sum() for name in measures))
    return pl.concat([named.filter(~pl.col("is_few")).drop("is_few"), few.select(parts.columns)])


def split_sum(parts: pl.DataFrame, change: float) -> pl.DataFrame:
    """Return the parts with their `effect` on a sum: the difference of their amounts.

    Raises:
        UnequalPartsError: the effects do not add up to ``change``.
    """
    found = parts.with_columns(effect=pl.col("amount_now") - pl.col("amount_before"))
    scale = pl.col("amount_now").abs().sum() + pl.col("amount_before").abs().sum()
    _check(found, change, float(found.select(scale).item()))
    return found


def split_mean(parts: pl.DataFrame, change: float) -> pl.DataFrame:
    """Return the parts with their `mix`, `rate` and `effect` (both together) on a ratio of sums.

    mix = (share now − share before) × (rate before − overall rate before), rate = share now × (rate now −
    rate before). A part absent before takes the overall rate before, a part absent now has mix alone.
    `rate_now` and `rate_before` are null where it was absent.

    Raises:
        UnequalPartsError: the effects do not add up to ``change``.
    """
    whole_now, whole_before = float(parts["whole_now"].sum()), float(parts["whole_before"].sum())
    overall_before = float(parts["amount_before"].sum()) / whole_before
    share_now, share_before = pl.col("share_now"), pl.col("share_before")
    rate_before = pl.col("rate_before").fill_null(overall_before)
    found = (
        parts.with_columns(
            share_now=pl.col("whole_now") / whole_now,
            share_before=pl.col("whole_before") / whole_before,
            rate_now=_rate("now"),
            rate_before=_rate("before"),
        )
        .with_columns(
            mix=(share_now - share_before) * (rate_before - overall_before),
            rate=(share_now * (pl.col("rate_now") - rate_before)).fill_null(0.0),
        )
        .with_columns(effect=pl.col("mix") + pl.col("rate"))
    )
    _check(found, change, abs(overall_before) + abs(change))
    return found


def split_product(now: Sequence[float], before: Sequence[float]) -> list[float]:
    """Return the effect of each factor on the change of their product; they add up to it.

    The logarithmic mean Divisia index (Ang 2004, https://doi.org/10.1016/j.enpol.2003.10.010): each factor's
    relative change, times the logarithmic mean of both products. All factors must be above 0.
    """
    ours, theirs = math.prod(now), math.prod(before)
    apart = math.log(ours / theirs)
    mean = (ours - theirs) / apart if apart else ours
    return [mean * math.log(one / other) for one, other in zip(now, before, strict=True)]


def _rate(when: str) -> pl.Expr:
    whole = pl.col(f"whole_{when}")
    return pl.when(whole != 0).then(pl.col(f"amount_{when}") / whole)


def _check(found: pl.DataFrame, change: float, scale: float) -> None:
    total = float(found["effect"].sum())
    if not math.isclose(total, change, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE * max(1.0, scale)):
        raise UnequalPartsError(f"The parts add up to {total!r}, the change is {change!r}.")
