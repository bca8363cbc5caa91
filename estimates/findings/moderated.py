"""Variances of many parts, each steadied by all of them: an empirical Bayes prior, fitted by moments.

Smyth 2004, https://doi.org/10.2202/1544-6115.1027, as in the R package limma (``fitFDist``).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import digamma, polygamma

Array = npt.NDArray[np.float64]

#: Above so many degrees of freedom a prior is as good as known.
_KNOWN = 1e6


@dataclass(frozen=True)
class Moderated:
    """The steadied variances and the degrees of freedom with which each is known."""

    variances: Array
    freedoms: Array


def moderated(variances: Array, freedoms: Array) -> Moderated:
    """Return the variances moved towards their common prior.

    Args:
        variances: one per part, above 0.
        freedoms: degrees of freedom of each, above 0.
    """
    if len(variances) < 3:
        return Moderated(variances, freedoms)
    half = freedoms / 2
    excess = np.log(variances) - digamma(half) + np.log(half)
    spread = float(np.var(excess, ddof=1) - np.mean(polygamma(1, half)))
    prior = 2 * _inverse_trigamma(spread) if spread > 0 else _KNOWN
    prior = min(prior, _KNOWN)
    usual = float(np.exp(np.mean(excess) + digamma(prior / 2) - np.log(prior / 2)))
    together = prior + freedoms
    return Moderated((prior * usual + freedoms * variances) / together, together)


def _inverse_trigamma(value: float) -> float:
    """Return where trigamma has this value, by Newton's method on its reciprocal."""
    place = 0.5 + 1 / value
    for _ in range(50):
        trigamma = float(polygamma(1, place))
        step = trigamma * (1 - trigamma / value) / float(polygamma(2, place))
        place += step
        if abs(step) < 1e-8 * place:
            break
    return place
