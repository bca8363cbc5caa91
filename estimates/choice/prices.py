"""What a parcel would cost with a courier: what its rate card says, else learnt from what was billed.

A price is a courier's, for a weight, to a place, times what a merchant pays of it; so its logarithm is a
sum, and each part of it borrows from coarser ones where it is thin.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from estimates.choice.levels import Array, Levels, Located, fit_levels
from estimates.choice.parcels import LANE, PARCEL

_WEIGHT = "kilogram_count"
_ORIGIN, _DESTINATION = LANE
_COURIER_LANE = ("courier_id", *LANE)
#: What a rate card prices.
OFFER = ("merchant_id", "courier_id", *LANE, _WEIGHT)
#: From coarse to fine: weights, couriers and places; what a place adds to a weight; lanes, of all couriers
#: and of one; what a merchant pays of it.
_KEYS = (
    (_WEIGHT,),
    ("courier_id",),
    (_DESTINATION,),
    (_ORIGIN,),
    (_DESTINATION, "weight_band"),
    (_ORIGIN, "weight_band"),
    ("courier_id", _WEIGHT),
    LANE,
    (*LANE, _WEIGHT),
    ("courier_id", _DESTINATION),
    ("courier_id", _ORIGIN),
    ("courier_id", _DESTINATION, _WEIGHT),
    _COURIER_LANE,
    ("courier_id", *LANE, _WEIGHT),
    ("merchant_id",),
    ("courier_id", "merchant_id"),
)


@dataclass(frozen=True)
class Prices:
    """Prices as learnt, and as offered."""

    fitted: Levels
    seen: pl.DataFrame  # courier × destination × weight band: sample_count
    billed: pl.DataFrame  # courier × weight band: least_amount, most_amount
    offers: pl.DataFrame  # `OFFER`: card_amount

    def quotes(self, rows: pl.DataFrame) -> "Quotes":
        """Look up what is known of the price of each parcel with its courier."""
        found = rows.select(OFFER).join(self.offers, on=OFFER, how="left", maintain_order="left")
        offered = found["card_amount"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        return Quotes(self.fitted.located(rows), offered)

    def surprise(self, parcels: pl.DataFrame) -> float:
        """Return by how much parcels that were not learnt from missed their prices: 1 as expected, not less.

        The mean square of errors over their expected variance: by it an interval is widened.
        """
        if parcels.is_empty():
            return 1.0
        learnt = self.fitted.located(parcels)
        error = parcels["cost_amount"].log().to_numpy() - learnt.predicted()
        return max(1.0, float((error**2 / learnt.variances()).mean()))

    def lane_step(self, rows: pl.DataFrame) -> Array:
        """Return by how much a courier asks more on a lane than it usually would (a logarithm)."""
        level = next(each for each in self.fitted.levels if each.keys == _COURIER_LANE)
        return level.of(rows, "step")

    def sample(self, rows: pl.DataFrame) -> pl.Series:
        """Return how many such parcels (destination and weight band) the row's courier was seen to carry."""
        keys = ["courier_id", "destination_province_id", "weight_band"]
        return (
            rows.select(keys)
            .join(self.seen, on=keys, how="left", maintain_order="left")["sample_count"]
            .fill_null(0)
        )


@dataclass(frozen=True)
class Quotes:
    """Parcels, and what is known of the price of each with its courier."""

    learnt: Located
    offered: Array  # by its card, nan where none says it

    def part(self, first: int, count: int) -> "Quotes":
        """Return so many of the parcels, from the first on."""
        return Quotes(self.learnt.part(first, count), self.offered[first : first + count])

    def where(self, is_in: npt.NDArray[np.bool_]) -> "Quotes":
        """Return the parcels for which it is true."""
        return Quotes(self.learnt.where(is_in), self.offered[is_in])

    def amounts(self, *, surprise: float = 1.0) -> Array:
        """Return what each parcel would cost.

        Where no card says it, the mean of what was learnt, the logarithm being normal.
        """
        learnt = np.exp(self.learnt.predicted() + surprise * self.learnt.variances() / 2)
        return np.where(self.is_offered, self.offered, learnt)

    def error_shares(self) -> Array:
        """Return the standard error of each price, as a share of it: none where a card says it.

        Of the mean of many such bills: that some are wrong makes no courier less known.
        """
        return np.where(self.is_offered, 0.0, np.sqrt(self.learnt.mean_variances()))

    def error_variance(self, amounts: Array) -> float:
        """Return the variance of the error of Σ amount × price, the price being known up to its share."""
        return self.learnt.error_variance(np.where(self.is_offered, 0.0, amounts))

    @property
    def is_offered(self) -> npt.NDArray[np.bool_]:
        """Return of which parcels a card says the price."""
        return np.asarray(~np.isnan(self.offered))


def learn_prices(parcels: pl.DataFrame, offers: pl.DataFrame | None = None) -> Prices:
    """Learn prices from parcels with a known cost above nothing.

    Args:
        parcels: of one currency, with `weight_band`.
        offers: `OFFER` and `card_amount`: what rate cards ask of a merchant, one row each.

    Raises:
        ValueError: no parcel has a cost.
    """
    known = parcels.filter(pl.col("cost_amount") > 0)
    if known.is_empty():
        raise ValueError("No parcel has a freight cost.")
    fitted = fit_levels(known.with_columns(log=pl.col("cost_amount").log()), "log", _KEYS)
    seen = known.group_by("courier_id", "destination_province_id", "weight_band").agg(
        pl.len().cast(pl.Int64).alias("sample_count")
    )
    billed = known.group_by("courier_id", "weight_band").agg(
        pl.col("cost_amount").min().alias("least_amount"), pl.col("cost_amount").max().alias("most_amount")
    )
    if offers is None:
        offers = pl.DataFrame(schema={name: PARCEL[name] for name in OFFER} | {"card_amount": pl.Float64})
    return Prices(fitted, seen, billed, offers.select(*OFFER, "card_amount"))
