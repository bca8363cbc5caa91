"""How surely a courier arrives by a promise, counted on its own parcels of the lane.

Of n parcels a courier carried on a lane, k took no longer than the promise allows. Where n is small the share
leans on parcels everywhere, each measured against what is usual of its courier and lane: the mean of a beta
distribution, (k + m p) / (n + m), whose m is fitted to how much lanes of a courier differ (Kleinman 1973,
https://doi.org/10.1080/01621459.1973.10481332).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from estimates.choice.levels import Array, Levels, fit_levels
from estimates.choice.parcels import LANE
from estimates.choice.prices import Prices

#: A courier of which fewer parcels were timed is not known, whatever its price.
FEWEST = 30
#: Parcels that never came took longer than anything that is promised, hours.
_NEVER = 1e6
#: Bounds of m: lanes are never taken to be all alike, nor to have nothing in common.
_LEAST, _MOST = 2.0, 400.0


_ORIGIN, _DESTINATION = LANE
_KEYS = (
    ("courier_id",),
    (_DESTINATION,),
    (_ORIGIN,),
    LANE,
    ("courier_id", _DESTINATION),
    ("courier_id", _ORIGIN),
    ("courier_id", *LANE),
)


@dataclass(frozen=True)
class Sure:
    """Per row: the probability, parcels counted on the lane, how far these were followed (0–1)."""

    probability: Array
    sample_count: npt.NDArray[np.int64]
    own_weight: Array


@dataclass(frozen=True)
class Usual:
    """The logarithm of the hours that are usual of a courier on a lane.

    Where a courier asks less than usual of it for a lane it is mostly slower there: ``slope`` is by how much.
    """

    fitted: Levels
    prices: Prices
    slope: float

    def of(self, rows: pl.DataFrame) -> Array:
        """Return it for each row, which has what a price is of."""
        return self.fitted.predicted(rows) + self.slope * self.prices.lane_step(rows)


class _Counts:
    """Sorted values per group: how many there are, and how many are no more than a limit."""

    def __init__(self, rows: pl.DataFrame, keys: list[str], value: str) -> None:
        self._keys = keys
        self._groups = rows.select(keys).unique(maintain_order=True).with_row_index("group")
        group = self._group(rows)
        values = rows[value].to_numpy()
        by_value = np.lexsort((values, group))
        self._values = values[by_value]
        self._starts = np.searchsorted(group[by_value], np.arange(len(self._groups) + 1))

    def _group(self, rows: pl.DataFrame) -> npt.NDArray[np.int64]:
        joined = rows.select(self._keys).join(self._groups, on=self._keys, how="left", maintain_order="left")
        return joined["group"].cast(pl.Int64).fill_null(-1).to_numpy()

    def of(self, rows: pl.DataFrame, limits: Array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return per row how many of its group there are and how many do not exceed its limit."""
        group = self._group(rows)
        counted = np.zeros(len(rows), np.int64)
        within = np.zeros(len(rows), np.int64)
        order = np.argsort(group, kind="stable")
        edges = np.searchsorted(group[order], np.arange(len(self._groups) + 1))
        for place in np.unique(group[group >= 0]):
            mine = order[edges[place] : edges[place + 1]]
            values = self._values[self._starts[place] : self._starts[place + 1]]
            counted[mine] = len(values)
            within[mine] = np.searchsorted(values, limits[mine], side="right")
        return counted, within


@dataclass(frozen=True)
class Punctuality:
    """Times as counted."""

    usual: "Usual"
    promised: pl.DataFrame  # lane: usual_promised_hours
    timed: pl.DataFrame  # courier: timed_count
    on_lane: _Counts  # hours by courier × lane
    everywhere: Array  # hours over the usual ones, sorted
    strength: float  # m

    def promised_hours(self, rows: pl.DataFrame) -> pl.Series:
        """Return what was promised of each row, else what is usual on its lane, else null."""
        usual = rows.select(*LANE).join(self.promised, on=LANE, how="left", maintain_order="left")
        return rows["promised_hours"].fill_null(usual["usual_promised_hours"])

    def is_timed(self, rows: pl.DataFrame) -> pl.Series:
        """Return whether enough parcels of the row's courier were timed, on any lane."""
        found = rows.select("courier_id").join(self.timed, on="courier_id", how="left", maintain_order="left")
        return found["timed_count"].fill_null(0) >= FEWEST

    def of(self, rows: pl.DataFrame) -> Sure:
        """Return how surely each row's courier arrives within its `promised_hours`, which must be known."""
        hours = rows["promised_hours"].to_numpy()
        counted, within = self.on_lane.of(rows, hours)
        prior = self._prior(rows, hours)
        probability = (within + self.strength * prior) / (counted + self.strength)
        return Sure(probability, counted, counted / (counted + self.strength))

    def _prior(self, rows: pl.DataFrame, hours: Array) -> Array:
        return _prior(self.everywhere, self.usual, rows, hours)


def _prior(everywhere: Array, usual: Usual, rows: pl.DataFrame, hours: Array) -> Array:
    within = np.searchsorted(everywhere, hours / np.exp(usual.of(rows)), side="right")
    # One parcel each way, so that few parcels are never certain.
    return np.asarray((within + 1) / (len(everywhere) + 2))


def learn_punctuality(parcels: pl.DataFrame, prices: Prices) -> Punctuality:
    """Learn from parcels that are old enough: none without an attempt may still come in time.

    Raises:
        ValueError: no parcel was ever attempted.
    """
    came = parcels.filter(pl.col("hours") > 0)
    if came.is_empty():
        raise ValueError("No parcel has a first attempt.")
    came = came.with_columns(log=pl.col("hours").log())
    coarse = fit_levels(came, "log", _KEYS[:-1])
    step, left = prices.lane_step(came), came["log"].to_numpy() - coarse.predicted(came)
    slope = float(step @ left) / max(1e-9, float(step @ step))
    fine = fit_levels(came.with_columns(pl.col("log") - pl.Series(slope * step)), "log", _KEYS)
    usual = Usual(fine, prices, slope)
    promised = parcels.group_by(LANE).agg(pl.col("promised_hours").median().alias("usual_promised_hours"))
    timed = parcels.with_columns(pl.col("hours").fill_null(_NEVER))
    on_lane = _Counts(timed, ["courier_id", *LANE], "hours")
    everywhere = np.sort(timed["hours"].to_numpy() / np.exp(usual.of(timed)))
    count = timed.group_by("courier_id").agg(pl.len().cast(pl.Int64).alias("timed_count"))
    return Punctuality(
        usual, promised, count, on_lane, everywhere, _strength(timed, on_lane, everywhere, usual)
    )


def _strength(parcels: pl.DataFrame, on_lane: _Counts, everywhere: Array, usual: Usual) -> float:
    """Return m of the beta distribution, by moments over courier × lane at the lane's usual promise."""
    groups = (
        parcels.filter(pl.col("promised_hours").is_not_null())
        .group_by("courier_id", *LANE, maintain_order=True)
        .agg(pl.col("promised_hours").median())
    )
    if groups.is_empty():
        return _MOST
    hours = groups["promised_hours"].to_numpy()
    count, within = on_lane.of(groups, hours)
    prior = _prior(everywhere, usual, groups, hours)
    spread = prior * (1 - prior)
    # E[(k − n p)²] = n p (1 − p) (1 + (n − 1) r), r = 1 / (m + 1).
    over = ((within - count * prior) ** 2 - count * spread).sum()
    alike = float(over / max(1e-9, (count * (count - 1) * spread).sum()))
    return float(np.clip(1 / max(alike, 1e-6) - 1, _LEAST, _MOST))
