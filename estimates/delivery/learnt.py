"""A learnt distribution of durations: where it lies and how wide it is, given what is known.

The logarithm of a duration is its place plus its width times a score that all share. The place is the mean
of a ridge regression and of gradient-boosted trees, the width a ridge regression; the scores are left to
the correction (`estimates.delivery.correction`), which sees only durations that were foretold before they
were known. Open parcels are kept: each is given a duration beyond what it has lasted, drawn from what
parcels like it took (redistribution to the right, Efron 1967).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

#: A width beyond these says more of its features than of parcels.
_WIDTHS = (0.05, 2.0)
#: A standardised feature counts at most so far from its mean.
_FAR = 5.0
#: Small steps of small trees, each over a part of the features: there are few parcels for many features.
_TREES = {
    "learning_rate": 0.06,
    "max_iter": 110,
    "max_leaf_nodes": 12,
    "min_samples_leaf": 30,
    "l2_regularization": 5.0,
    "max_features": 0.4,
    "early_stopping": False,
    "random_state": 1,
}
#: Below so small a deviation of logarithms a parcel says nothing more of the width.
_CLOSE = 0.03


class NothingToLearnError(ValueError):
    """No parcel that is old enough has finished."""


@dataclass(frozen=True)
class Learning:
    """How a distribution is learnt; the values are chosen by back-test on earlier weeks.

    ``forgetting_days``: after so many a parcel weighs 1/e. ``place_penalty`` and ``width_penalty``: of the
    two ridges. ``offset``: added to durations before the logarithm, in their unit. ``mature_days``: parcels
    this old have nearly all arrived; ``lost_days``: what is open longer says no more of arrival.
    """

    forgetting_days: float = 500.0
    place_penalty: float = 800.0
    width_penalty: float = 300.0
    offset: float = 1.5
    mature_days: float = 25.0
    lost_days: float = 45.0


@dataclass(frozen=True)
class Learnt:
    """What brings features to one scale, the two regressions of place, and that of the logarithm of width."""

    scale: Pipeline
    place: Ridge
    trees: HistGradientBoostingRegressor
    width: Ridge

    def foretell(self, features: Array) -> tuple[Array, Array]:
        """Return place and width of each row, of the logarithm of the duration with its offset."""
        scaled = self.scale.transform(features)
        place = (self.place.predict(scaled) + self.trees.predict(features)) / 2
        return place, np.clip(np.exp(self.width.predict(scaled)), *_WIDTHS)


def learn(
    features: Array, durations: Array, is_finished: Flags, age_days: Array, settings: Learning
) -> Learnt:
    """Learn from parcels as they stand at one moment; the same rows give the same result.

    Args:
        features: parcel × feature, NaN where not known.
        durations: in any unit; of an open parcel, so far.
        is_finished: whether the parcel had arrived.
        age_days: since the parcel's clock started.
        settings: see there.

    Raises:
        NothingToLearnError: no parcel that is mature has finished.
    """
    weights = np.exp(-age_days / settings.forgetting_days)
    mature = is_finished & (age_days >= settings.mature_days)
    if not mature.any():
        raise NothingToLearnError("Nothing can be learnt: no parcel that is old enough has finished.")
    logs = np.log(durations + settings.offset)
    scale = make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True),
        StandardScaler(),
        FunctionTransformer(np.clip, kw_args={"a_min": -_FAR, "a_max": _FAR}),
    )
    scaled = scale.fit_transform(features)
    place, width = (
        Ridge(penalty, solver="cholesky") for penalty in (settings.place_penalty, settings.width_penalty)
    )
    place.fit(scaled[mature], logs[mature], weights[mature])
    completed = _completed(logs, place.predict(scaled), is_finished, mature)
    off = np.abs(completed - place.fit(scaled, completed, weights).predict(scaled))
    # Far ones weigh less (Huber), so that a lost parcel moves no place.
    near = np.minimum(1, 2 * np.median(off) / np.maximum(off, 1e-9))
    off = np.abs(completed - place.fit(scaled, completed, weights * near).predict(scaled))
    width.fit(scaled, np.log(off + _CLOSE), weights)
    return Learnt(scale, place, HistGradientBoostingRegressor(**_TREES).fit(features, completed), width)


def _completed(logs: Array, places: Array, is_finished: Flags, mature: Flags) -> Array:
    """Return the logarithms with those of open parcels drawn from beyond what they have lasted."""
    deviations = np.sort((logs - places)[mature])
    open_ones = np.flatnonzero(~is_finished)
    least = np.searchsorted(deviations, (logs - places)[open_ones]).clip(max=len(deviations) - 1)
    drawn = np.random.default_rng(1).random(len(open_ones)) * (len(deviations) - least)
    completed = logs.copy()
    completed[open_ones] = np.maximum(
        logs[open_ones], places[open_ones] + deviations[least + drawn.astype(np.int64)]
    )
    return completed
