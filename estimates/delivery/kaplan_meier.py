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


def quantiles_of_groups(
    durations: Array,
    is_finished: npt.NDArray[np.bool_],
    counts: npt.NDArray[np.int64],
    shares: Sequence[float],
) -> Array:
    """Return what ``quantiles`` does, for many groups at once, each duration counting once.

    Args:
        durations: group after group, each from the shortest on; of equal ones those that are over first.
        is_finished: see ``quantiles``.
        counts: how many durations each group has, above 0.
        shares: each in (0, 1).

    Returns:
        A row per group, a column per share; not a number where too few have finished to say.
    """
    ends = np.cumsum(counts)
    starts = ends - counts
    found = np.full((len(counts), len(shares)), np.nan)
    if not len(counts):
        return found
    at_risk = np.repeat(ends, counts) - np.arange(len(durations))
    is_last = at_risk == 1
    # Logarithms of what is kept add up. The last of a group keeps nothing, and is set after the others' sums.
    steps = np.where(is_finished & ~is_last, np.log1p(-1 / np.maximum(at_risk, 2)), 0.0)
    # Each group begins by taking back the sum of the one before: a sum over all of them would be less exact.
    steps[starts[1:]] -= np.add.reduceat(steps, starts)[:-1]
    kept = np.where(is_finished & is_last, -np.inf, np.cumsum(steps))
    for place, share in enumerate(shares):
        before = np.add.reduceat(kept > np.log(1 - share) + 1e-9, starts, dtype=np.int64)
        is_there = before < counts
        found[is_there, place] = durations[(starts + before)[is_there]]
    return found
