"""How far counted numbers may differ by chance: 95% intervals of a share, a difference and a growth."""

from math import exp, log, sqrt

_NORMAL = 1.959964

#: Middle, lower and upper end.
Interval = tuple[float, float, float]


def share_interval(part: float, whole: float) -> tuple[float, float]:
    """Return the ends of the interval of a share (Wilson, 1927); ``whole`` is above nought."""
    share, square = part / whole, _NORMAL**2
    middle = (share + square / (2 * whole)) / (1 + square / whole)
    reach = _NORMAL * sqrt(share * (1 - share) / whole + square / (4 * whole**2)) / (1 + square / whole)
    return middle - reach, middle + reach


def difference_interval(part: float, whole: float, other_part: float, other_whole: float) -> Interval:
    """Return the first share less the other, and its ends (Newcombe, 1998); both wholes are above nought."""
    share, other = part / whole, other_part / other_whole
    low, high = share_interval(part, whole)
    other_low, other_high = share_interval(other_part, other_whole)
    difference = share - other
    return (
        difference,
        difference - sqrt((share - low) ** 2 + (other_high - other) ** 2),
        difference + sqrt((high - share) ** 2 + (other - other_low) ** 2),
    )


def growth_interval(now: float, before: float) -> Interval:
    """Return by which part a count grew, and its ends, as of two Poisson counts above nought."""
    grown, error = log(now / before), sqrt(1 / now + 1 / before)
    return tuple(exp(grown + reach * error) - 1 for reach in (0, -_NORMAL, _NORMAL))  # type: ignore[return-value]
