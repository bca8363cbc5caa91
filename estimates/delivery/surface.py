"""A learnt model of delivery time: how far a parcel goes, and the hour at which its clock starts.

How far is one number, the place: the mean logarithm of the hours from pickup by distance, and how much more
or less by courier and service, by either province and by lane, each moved to nothing where parcels are few.
A parcel that the percentiles are learnt from is left out of its own lane's, or they would come out too
narrow. The percentiles are boosted trees over the place and the hour of the start: couriers collect and go
out by the clock, so the hour changes more than the median.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from estimates.delivery.levels import SHARES, WINDOW, name_of

Array = npt.NDArray[np.float64]

#: Parcels whose clock started, or that were picked up, so long ago say something: of younger ones the slow
#: are still under way. An open one of that age counts as taking so long as it has lasted: which percentile
#: it is above is all that must be known of it, as long as that is below these days.
MATURE, MATURE_PLACE = timedelta(days=7), timedelta(days=5)
#: Fewer such parcels teach nothing; of more than the most, every second, third … is learnt from.
LEAST, MOST = 1_000, 60_000
#: What took longer says no more of how far a parcel goes, or of percentiles.
_LONGEST_PLACE, _LONGEST = timedelta(days=15), timedelta(days=30)
_LANE = ("courier_id", "service", "origin_province_id", "destination_province_id")
#: What moves a place, and how many parcels count as much as none having been seen.
_PARTS = (
    (("courier_id", "service"), 30),
    (("origin_province_id",), 30),
    (("destination_province_id",), 30),
    (_LANE, 15),
)
#: Small trees with many parcels in each leaf: there are two inputs. Chosen on simulated markets, seed 101.
_TREES = {
    "max_iter": 60,
    "learning_rate": 0.15,
    "max_leaf_nodes": 8,
    "min_samples_leaf": 150,
    "early_stopping": False,
    "random_state": 1,
}
#: Sums of whole millionths are the same in any order of the rows, those of fractions are not.
_MILLION = 1_000_000


@dataclass(frozen=True)
class Places:
    """How far parcels go: a curve over distance, and the sums of what courier, provinces and lane add."""

    curve: Array
    parts: tuple[pl.DataFrame, ...]

    def of(self, parcels: pl.DataFrame) -> Array:
        """Return the place of each parcel, NaN where its distance is not known."""
        return self._added(parcels, self._start(parcels), len(self.parts))

    def without_own(self, parcels: pl.DataFrame, logs: Array, is_counted: npt.NDArray[np.bool_]) -> Array:
        """Return the places of parcels as if those that were counted had not been, in their lanes.

        Args:
            parcels: as in ``of``.
            logs: of the hours from pickup of those that were counted.
            is_counted: which of them were.
        """
        before = self._added(parcels, self._start(parcels), len(self.parts) - 1)
        (keys, steadying), sums = _PARTS[-1], self.parts[-1]
        of_lane = parcels.select(keys).join(sums, on=keys, how="left", maintain_order="left")
        total, count = (of_lane[name].fill_null(0).to_numpy() for name in ("total", "count"))
        own = np.where(is_counted, logs - before, 0.0)
        place: Array = before + (total / _MILLION - own) / (count - is_counted + steadying)
        return place

    def _start(self, parcels: pl.DataFrame) -> Array:
        return np.polyval(self.curve, _numbers(parcels["kilometres"])).astype(np.float64)

    def _added(self, parcels: pl.DataFrame, start: Array, parts: int) -> Array:
        place = start
        for (keys, steadying), sums in zip(_PARTS[:parts], self.parts[:parts], strict=True):
            of_part = parcels.select(keys).join(sums, on=keys, how="left", maintain_order="left")
            total, count = (of_part[name].fill_null(0).to_numpy() for name in ("total", "count"))
            place = place + total / _MILLION / (count + steadying)
        return place


@dataclass(frozen=True)
class Surface:
    """What was learnt: places, and a model of place and hour for each share."""

    places: Places
    models: tuple[HistGradientBoostingRegressor, ...]
    shares: tuple[float, ...]

    def foretell(self, questions: pl.DataFrame) -> pl.DataFrame:
        """Return `p50` … in hours, a row per question, null where its distance is not known.

        Args:
            questions: `courier_id`, `service`, both provinces, `kilometres` and `clock_hours`.
        """
        place = self.places.of(questions)
        inputs = np.column_stack([place, _numbers(questions["clock_hours"])])
        said = np.full((len(questions), len(self.shares)), np.nan)
        is_known = ~np.isnan(place)
        if is_known.any():
            with threadpool_limits(1):
                of_share = [model.predict(inputs[is_known]) for model in self.models]
            # Each share is learnt by itself: a greater one is never told for earlier.
            said[is_known] = np.maximum.accumulate(np.clip(np.column_stack(of_share), 0, None), axis=1)
        names = map(name_of, self.shares)
        return pl.DataFrame({name: pl.Series(said[:, at]).fill_nan(None) for at, name in enumerate(names)})


def learn_surface(parcels: pl.DataFrame, as_of: datetime, shares: Sequence[float] = SHARES) -> Surface | None:
    """Learn from what had been received by a moment; None where too few parcels are old enough.

    The same parcels give the same in any order.

    Args:
        parcels: `started_at`, `picked_up_at` and `arrived_at` (null where not yet), `clock_hours` (the start,
            in hours since midnight of the local clock), `kilometres` (null where not known: such a parcel is
            left out), `courier_id`, `service` and both provinces.
        as_of: what was received from then on is not known yet.
        shares: each in (0, 1), in order.
    """
    columns = ("started_at", "picked_up_at", "arrived_at", "clock_hours", "kilometres", *_LANE)
    known = (
        parcels.select(columns)
        .filter(pl.col("started_at") < as_of, pl.col("kilometres").is_not_null())
        .with_columns(
            pl.when(pl.col(name) < as_of).then(name).alias(name) for name in ("picked_up_at", "arrived_at")
        )
        .sort(columns)
    )
    taught = known.filter(pl.col("started_at").is_between(as_of - WINDOW, as_of - MATURE, closed="left"))
    if len(taught) < LEAST:
        return None
    taught = taught.gather_every(-(-len(taught) // MOST))
    places = _places(known, as_of)
    if places is None:
        return None
    is_counted = taught.select(_is_counted(as_of)).to_series().to_numpy()
    place = places.without_own(taught, _logs(taught, as_of), is_counted)
    inputs = np.column_stack([place, _numbers(taught["clock_hours"])])
    took = _hours(taught, "started_at", as_of, _LONGEST)
    with threadpool_limits(1):
        models = tuple(
            HistGradientBoostingRegressor(loss="quantile", quantile=share, **_TREES).fit(inputs, took)
            for share in shares
        )
    return Surface(places, models, tuple(shares))


def _places(known: pl.DataFrame, as_of: datetime) -> Places | None:
    """Return the places by the parcels that were picked up long enough ago."""
    counted = known.filter(_is_counted(as_of))
    if len(counted) < LEAST:
        return None
    logs = _logs(counted, as_of)
    curve = np.polyfit(_numbers(counted["kilometres"]), logs, 2)
    rest = logs - np.polyval(curve, _numbers(counted["kilometres"]))
    parts = []
    for keys, steadying in _PARTS:
        of_row = counted.select(keys).with_columns(own=pl.Series(np.rint(rest * _MILLION).astype(np.int64)))
        sums = of_row.group_by(keys).agg(total=pl.col("own").sum(), count=pl.len().cast(pl.Int64))
        parts.append(sums)
        joined = counted.select(keys).join(sums, on=keys, how="left", maintain_order="left")
        rest = rest - joined["total"].to_numpy() / _MILLION / (joined["count"].to_numpy() + steadying)
    return Places(curve, tuple(parts))


def _is_counted(as_of: datetime) -> pl.Expr:
    return (
        pl.col("picked_up_at")
        .is_between(as_of - WINDOW, as_of - MATURE_PLACE, closed="left")
        .fill_null(False)
    )


def _logs(parcels: pl.DataFrame, as_of: datetime) -> Array:
    return np.log(np.maximum(_hours(parcels, "picked_up_at", as_of, _LONGEST_PLACE), 1.0))


def _hours(parcels: pl.DataFrame, start: str, as_of: datetime, longest: timedelta) -> Array:
    """Return the hours that parcels took, of open ones so far."""
    lasted = (pl.col("arrived_at").fill_null(as_of) - pl.col(start)).dt.total_seconds() / 3600
    return _numbers(parcels.select(lasted.clip(upper_bound=longest.total_seconds() / 3600)).to_series())


def _numbers(column: pl.Series) -> Array:
    return column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
