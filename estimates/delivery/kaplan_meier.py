"""Quantiles of durations of which some are not over yet.

Kaplan and Meier 1958, https://doi.org/10.2307/2281868.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def quantiles(
    durations: Array, is_finished: npt.NDArray[np.bool_], weights: Array, shares: Sequence[float]
) -> Array:
    """Return the shortest duration by which each share is over.

    Args:
        durations: in any unit; of what is not finished, how long it has lasted so far.
        is_finished: whether a duration is over; one that ends when another is still open comes first.
        weights: how much each counts, above 0.
        shares: each in (0, 1).

    Returns:
        One per share, infinite where too few have finished to say.
    """
    order = np.lexsort((~is_finished, durations))
    lasted, finished, counts = durations[order], is_finished[order], weights[order]
    at_risk = np.cumsum(counts[::-1])[::-1]
    kept = np.where(finished, np.maximum(1 - counts / at_risk, 0), 1)
    over = 1 - np.cumprod(kept)
    places = np.searchsorted(over, np.asarray(shares) - 1e-12)
    return np.append(lasted, np.inf)[places]
