"""What parcels would have saved with the couriers they move to: three estimates, each with an interval.

Couriers are not assigned at random, so the difference of their means is no saving. What the parcels cost that
move is known; what they would have cost is estimated from the parcels that did go where they should, each of
which stands for (1 - p) / p that did not, where p is the propensity:

- with these importance weights,
- with the same, made to stand for as many as move to each courier in each band of weight (self-normalised),
- doubly robust (Dudík, Langford and Li 2011, https://arxiv.org/abs/1103.4601): from the prices as learnt,
  set right by what those parcels say of their errors. A choice of the cheapest is a choice of errors, too;
  this takes it back.

A parcel that already goes where it should saves nothing, and nothing is estimated for it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.stats import norm

from estimates.choice.assign import CLAIMED
from estimates.choice.candidates import MOST_ERROR
from estimates.choice.parcels import CELL
from estimates.choice.prices import Prices, Quotes

#: Of an interval.
LEVEL = 0.95
#: A saving is a number while couriers that never carried such parcels would take less than this share of the
#: cost; then it is a bound, and from the second share on it cannot be said.
_UNKNOWN, _TOO_MUCH = 0.05, 0.5
#: Parcels whose weights are compared go with one courier and are about as heavy.
_ALIKE = ("courier_id", "weight_band")
#: Edges of standard errors of prices, as shares of them; a card's price has none.
_STEPS = (0.0, 0.01, 0.02)
STATES = ("claimed", "scenario", "bound", "cannot_say")


@dataclass(frozen=True)
class Estimate:
    """A saving, in the currency of the parcels, and its 95% interval."""

    amount: float
    low: float
    high: float


@dataclass(frozen=True)
class Saving:
    """What moving saves, per method; ``cost_amount`` is the cost of all parcels judged, moved or not."""

    state: str
    parcel_count: int
    moved_count: int
    unknown_count: int  # moved to couriers that never carried such parcels
    cost_amount: float
    effective_sample: float
    weighted: Estimate
    self_normalised: Estimate
    doubly_robust: Estimate
    naive_amount: float


@dataclass(frozen=True)
class Market:
    """What the parcels of all merchants say of the prices: made once, for whoever moves."""

    prices: Prices
    surprise: float
    means: pl.DataFrame  # courier: mean_amount
    #: Merchant × step of error: error_weight, the sum of weight × error, over the sum of weights of the step.
    errors: pl.DataFrame
    #: Step of error: weight, squared_weight of those who followed.
    steps: pl.DataFrame


def judge_market(parcels: pl.DataFrame, chances: pl.DataFrame, prices: Prices) -> Market:
    """Return what parcels that went where they should say of the prices.

    Args:
        parcels: of all merchants, with a cost: `PARCEL`, `weight_band`, and `recommended_courier_id`.
        chances: `propensities` of their cells.
        prices: learnt from earlier parcels.
    """
    surprise = prices.surprise(parcels)
    found = _followers(parcels, chances)
    quotes = prices.quotes(found)
    found = found.with_columns(_how_known(quotes))
    expected = quotes.amounts(surprise=surprise)
    error = found["cost_amount"].to_numpy() / expected - 1
    found = found.with_columns(error=pl.Series(error, dtype=pl.Float64))
    weight = pl.col("weight")
    steps = found.group_by("how_known").agg(weight.sum(), squared_weight=(weight**2).sum()).sort("how_known")
    errors = (
        found.group_by("merchant_id", "how_known", maintain_order=True)
        .agg(sum=(weight * pl.col("error")).sum())
        .join(steps, on="how_known", maintain_order="left")
        .select("merchant_id", "how_known", error_weight=pl.col("sum") / pl.col("weight"))
    )
    means = parcels.group_by("courier_id", maintain_order=True).agg(mean_amount=pl.col("cost_amount").mean())
    return Market(prices, surprise, means, errors, steps)


def moving(parcels: pl.DataFrame) -> pl.DataFrame:
    """Return the parcels that move, with the courier they move to."""
    moves = parcels.filter(pl.col("to_courier_id").is_not_null())
    return moves.with_columns(courier_id="to_courier_id")


def estimate_saving(
    parcels: pl.DataFrame,
    market: Market,
    chances: pl.DataFrame,
    *,
    moved_share: float,
    quotes: Quotes | None = None,
) -> Saving:
    """Estimate what the parcels with a `to_courier_id` would have saved.

    Args:
        parcels: those judged, with a cost: `PARCEL`, `weight_band`, `recommended_courier_id` of their cell,
            and `to_courier_id`, null where a parcel stays.
        market: of the same time.
        chances: `propensities` of the cells.
        moved_share: the largest share of a courier's volume that moves.
        quotes: of those ``moving``, where they have been looked up already.
    """
    prices = market.prices
    moves = parcels.filter(pl.col("to_courier_id").is_not_null())
    whole = float(parcels["cost_amount"].sum())
    if moves.is_empty():
        none = Estimate(0.0, 0.0, 0.0)
        return Saving("claimed", len(parcels), 0, 0, whole, 0.0, none, none, none, 0.0)
    quotes = quotes or prices.quotes(moving(parcels))
    is_known = quotes.error_shares() <= MOST_ERROR
    known, unknown = (moves.filter(pl.Series(each)) for each in (is_known, ~is_known))
    low, high = _bound(unknown, prices)
    share = 1.0 if math.isinf(low) else float(unknown["cost_amount"].sum()) / whole
    state = "claimed" if moved_share <= CLAIMED else "scenario"
    state = "cannot_say" if share > _TOO_MUCH else "bound" if share > _UNKNOWN else state
    own = _followers(parcels, chances)
    robust, sample = _doubly_robust(known, quotes.where(is_known), market)
    return Saving(
        state=state,
        parcel_count=len(parcels),
        moved_count=len(moves),
        unknown_count=len(unknown),
        cost_amount=whole,
        effective_sample=sample,
        weighted=_weighted(parcels, known, own, is_normalised=False),
        self_normalised=_weighted(parcels, known, own, is_normalised=True),
        doubly_robust=Estimate(robust.amount + (low + high) / 2, robust.low + low, robust.high + high),
        naive_amount=naive(market.means, moves),
    )


def naive(means: pl.DataFrame, moves: pl.DataFrame) -> float:
    """Return the difference of the couriers' means, which is no saving: for comparison alone."""
    now = float(moves.join(means, on="courier_id")["mean_amount"].sum())
    then = float(moves.join(means, left_on="to_courier_id", right_on="courier_id")["mean_amount"].sum())
    return now - then


def _followers(parcels: pl.DataFrame, chances: pl.DataFrame) -> pl.DataFrame:
    """Return the parcels that went where they should, with the `weight` of each."""
    return (
        parcels.filter(pl.col("courier_id") == pl.col("recommended_courier_id"))
        .join(chances, on=[*CELL, "courier_id"], maintain_order="left")
        .with_columns(weight=(1 - pl.col("propensity")) / pl.col("propensity"))
    )


def _normalised(followers: pl.DataFrame, wanted: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Return followers of groups that are wanted; their weights add up to the `wanted` of each group.

    What is wanted of groups without a follower is spread over the others.
    """
    found = followers.join(wanted, on=by, maintain_order="left").with_columns(
        weight=pl.col("weight") / pl.col("weight").sum().over(by) * pl.col("wanted")
    )
    reached = float(found["weight"].sum())
    scale = float(wanted["wanted"].sum()) / reached if reached else 0.0
    return found.with_columns(pl.col("weight") * scale)


def _how_known(quotes: Quotes) -> pl.Series:
    """Return in which step of its error each price is: errors that were chosen lie in the worse ones."""
    return pl.Series("how_known", np.searchsorted(_STEPS, quotes.error_shares()))


def _doubly_robust(moves: pl.DataFrame, quotes: Quotes, market: Market) -> tuple[Estimate, float]:
    """Return the estimate, and as how many parcels those who followed count."""
    learnt = quotes.amounts(surprise=market.surprise)
    paid = float(moves["cost_amount"].sum())
    wanted = (
        pl.DataFrame([_how_known(quotes), pl.Series("learnt", learnt, dtype=pl.Float64)])
        .group_by("how_known")
        .agg(wanted=pl.col("learnt").sum())
        .join(market.steps, on="how_known")
        .sort("how_known")
    )
    # What is wanted of steps that nobody followed in is spread over the others.
    reached = float(wanted["wanted"].sum())
    scale = float(learnt.sum()) / reached if reached else 0.0
    wanted = wanted.with_columns(pl.col("wanted") * scale)
    values = market.errors.join(wanted, on="how_known", maintain_order="left").select(
        "merchant_id", value=pl.col("error_weight") * pl.col("wanted")
    )
    amount = paid - float(learnt.sum()) - float(values["value"].sum())
    variance = quotes.error_variance(learnt) * market.surprise + _jackknifed(values)
    reach = float(norm.ppf((1 + LEVEL) / 2)) * math.sqrt(variance)
    squared = float(
        wanted.select((pl.col("squared_weight") * (pl.col("wanted") / pl.col("weight")) ** 2).sum()).item()
    )
    sample = float(wanted["wanted"].sum()) ** 2 / squared if squared else 0.0
    return Estimate(amount, amount - reach, amount + reach), sample


def _jackknifed(values: pl.DataFrame) -> float:
    """Return the variance of a sum over merchants, each of whose parcels share their fate."""
    each = values.group_by("merchant_id").agg(pl.col("value").sum())["value"].to_numpy()
    return float(((each - each.mean()) ** 2).sum() * len(each) / (len(each) - 1)) if len(each) > 1 else 0.0


def _weighted(
    parcels: pl.DataFrame, moves: pl.DataFrame, followers: pl.DataFrame, *, is_normalised: bool
) -> Estimate:
    """Return the estimate by weights; its interval follows from how merchants differ."""
    wanted = moves.group_by("weight_band", courier_id="to_courier_id").agg(wanted=pl.len())
    if is_normalised:
        found = _normalised(followers, wanted, _ALIKE)
    else:
        should = (
            parcels.filter(pl.col("courier_id") != pl.col("recommended_courier_id"))
            .group_by("weight_band", courier_id="recommended_courier_id")
            .agg(should=pl.len())
        )
        found = (
            followers.join(wanted, on=_ALIKE, maintain_order="left")
            .join(should, on=_ALIKE, maintain_order="left")
            .with_columns(pl.col("weight") * pl.col("wanted") / pl.col("should"))
        )
    value = pl.col("cost_amount") * pl.col("weight")
    amount = float(moves["cost_amount"].sum()) - float(found.select(value.sum()).item() or 0.0)
    if is_normalised:
        mean = value.sum().over(_ALIKE) / pl.col("weight").sum().over(_ALIKE)
        value = (pl.col("cost_amount") - mean) * pl.col("weight")
    reach = float(norm.ppf((1 + LEVEL) / 2)) * math.sqrt(
        _jackknifed(found.select("merchant_id", value=value))
    )
    return Estimate(amount, amount - reach, amount + reach)


def _bound(moves: pl.DataFrame, prices: Prices) -> tuple[float, float]:
    """Return the least and the most saved by parcels moved to couriers that never carried such.

    Whatever a courier billed for the weight, anywhere, bounds what it would bill; nothing billed, nothing
    known.
    """
    seen = moves.select(pl.col("to_courier_id").alias("courier_id"), "weight_band").join(
        prices.billed, on=["courier_id", "weight_band"], how="left", maintain_order="left"
    )
    paid = float(moves["cost_amount"].sum())
    if seen["least_amount"].null_count():
        return -math.inf, paid
    return paid - float(seen["most_amount"].sum()), paid - float(seen["least_amount"].sum())
