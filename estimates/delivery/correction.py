"""By how much foretold distributions must be moved, from what came of those foretold before.

Split conformal prediction with normalised scores (Lei et al. 2018, doi 10.1080/01621459.2017.1307116),
newer ones weighing more (Barber et al. 2023, https://doi.org/10.1214/23-AOS2276), and open parcels kept by
Kaplan and Meier's estimate. A group (a state) has quantiles of its own, moved towards those of all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from estimates.delivery.kaplan_meier import quantiles

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Correction:
    """How scores are read; the values are chosen by back-test on earlier weeks.

    ``window_days``: scores of parcels started in so many days count; after ``forgetting_days`` one weighs
    1/e.
    ``steadying``: a group of so many parcels counts as much as all together.
    """

    window_days: float = 120.0
    forgetting_days: float = 35.0
    steadying: float = 100.0


def corrected(
    scores: Array,
    is_finished: Flags,
    age_days: Array,
    groups: npt.NDArray[np.str_],
    shares: Sequence[float],
    settings: Correction,
) -> tuple[Array, dict[str, Array]]:
    """Return the quantiles of scores, of all and by group.

    Args:
        scores: deviation over width, of an open parcel by what it has lasted so far.
        is_finished: whether the parcel had arrived.
        age_days: since the parcel's clock started.
        groups: whose quantiles may differ.
        shares: each in (0, 1).
        settings: see there.

    Returns:
        Of all, and group → its own; one per share, never falling.
    """
    counted = age_days <= settings.window_days
    scores, is_finished, groups = scores[counted], is_finished[counted], groups[counted]
    weights = np.exp(-age_days[counted] / settings.forgetting_days)
    of_all = quantiles(scores, is_finished, weights, shares)
    by_group = {}
    for group in np.unique(groups):
        here = groups == group
        own = quantiles(scores[here], is_finished[here], weights[here], shares)
        sample = weights[here].sum() ** 2 / np.square(weights[here]).sum()
        steadied = (sample * own + settings.steadying * of_all) / (sample + settings.steadying)
        by_group[str(group)] = np.where(np.isfinite(own), steadied, of_all)
        by_group[str(group)] = np.maximum.accumulate(by_group[str(group)])
    return of_all, by_group
