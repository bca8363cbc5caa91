"""A quantity as a sum of steps from coarse groups to fine ones, each step taken as far as its sample lets it.

A step is the mean of what coarser groups leave unexplained, times n / (n + k), where k is the variance
within groups over the variance between them (the best linear unbiased prediction of a random effect:
Robinson 1991, https://doi.org/10.1214/ss/1177011926). Variances are fitted by moments; steps are fitted
round by round, since groups cross.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
#: How often the steps are fitted anew, each to what the others leave.
_ROUNDS = 4
#: No groups differ by less than this (a square of the quantity's unit), so that nothing divides by nothing.
_LEAST = 1e-9


@dataclass(frozen=True)
class Level:
    """The steps of a level's groups: the keys of each, `step`, and `weight`, n / (n + k)."""

    keys: tuple[str, ...]
    groups: pl.DataFrame
    between: float  # variance between groups

    def places(self, rows: pl.DataFrame) -> Places:
        """Return which group each row is of, the number of groups where its group was never seen."""
        return _places(rows, self.groups.select(self.keys))

    def at(self, places: Places, column: str) -> Array:
        """Return a column of the groups at these places, 0 for a group that was never seen."""
        return np.asarray(np.append(self.groups[column].to_numpy(), 0.0)[places])

    def of(self, rows: pl.DataFrame, column: str) -> Array:
        """Return a column of the groups for each row, 0 where its group was never seen."""
        return self.at(self.places(rows), column)


@dataclass(frozen=True)
class Levels:
    """The fitted quantity."""

    mean: float
    within: float  # variance of one value around its finest group
    levels: tuple[Level, ...]

    def located(self, rows: pl.DataFrame) -> "Located":
        """Look up the groups of rows, for all that is asked of them."""
        return Located(self, rows, tuple(level.places(rows) for level in self.levels))

    def predicted(self, rows: pl.DataFrame) -> Array:
        """Return the quantity of each row; a group that was never seen adds nothing to its coarser ones."""
        return self.located(rows).predicted()


@dataclass(frozen=True)
class Located:
    """Rows whose groups have been looked up, which takes longer than what follows from them."""

    fitted: Levels
    rows: pl.DataFrame
    places: tuple[Places, ...]  # by level

    def part(self, first: int, count: int) -> "Located":
        """Return so many of the rows, from the first on."""
        cut = slice(first, first + count)
        return Located(self.fitted, self.rows[cut], tuple(each[cut] for each in self.places))

    def where(self, is_in: npt.NDArray[np.bool_]) -> "Located":
        """Return the rows for which it is true."""
        return Located(
            self.fitted, self.rows.filter(pl.Series(is_in)), tuple(each[is_in] for each in self.places)
        )

    def predicted(self) -> Array:
        """Return the quantity of each row; see ``Levels.predicted``."""
        steps = (
            level.at(places, "step") for level, places in zip(self.fitted.levels, self.places, strict=True)
        )
        return np.asarray(self.fitted.mean + sum(steps))

    def variances(self) -> Array:
        """Return the variance of one value around each row's quantity."""
        return np.asarray(self.fitted.within + self.mean_variances())

    def mean_variances(self) -> Array:
        """Return the variance of the error of each row's quantity: of the mean of many such values."""
        return np.asarray(sum(self._lefts()))

    def error_variance(self, amounts: Array) -> float:
        """Return the variance of the error of Σ amount × quantity over rows.

        Rows of one group err together; rows with opposite amounts in it cancel.
        """
        total = self.fitted.within * float((amounts**2).sum())
        for level, places, left in zip(self.fitted.levels, self.places, self._lefts(), strict=True):
            own = places.copy()
            is_new = places == len(level.groups)
            if is_new.any():
                new = self.rows.select(level.keys).filter(pl.Series(is_new))
                own[is_new] += _places(new, new.unique(maintain_order=True))
            _, first, place = np.unique(own, return_index=True, return_inverse=True)
            together = np.bincount(place, amounts, len(first))
            total += float((together**2 * left[first]).sum())
        return total

    def _lefts(self) -> Iterator[Array]:
        """Return of each level what its groups' samples leave of the variance between them."""
        for level, places in zip(self.fitted.levels, self.places, strict=True):
            yield level.between * (1 - level.at(places, "weight"))


def fit_levels(rows: pl.DataFrame, value: str, keys: Sequence[tuple[str, ...]]) -> Levels:
    """Fit a quantity to groups of rows, coarse ones first.

    Args:
        rows: at least one, with `value` and the columns of all keys.
        value: the column of the quantity.
        keys: what makes a group, level by level.
    """
    values = rows[value].to_numpy()
    mean = float(values.mean())
    groups = [rows.select(each).unique(maintain_order=True) for each in keys]
    places = [_places(rows, each) for each in groups]
    steps = [_Step(np.zeros(len(each)), np.zeros(len(each)), _LEAST) for each in groups]
    for _ in range(_ROUNDS):
        for which, place in enumerate(places):
            others = sum(steps[other].sizes[places[other]] for other in range(len(keys)) if other != which)
            steps[which] = _step(values - mean - others, place, len(groups[which]))
    left = values - mean - sum(step.sizes[place] for step, place in zip(steps, places, strict=True))
    levels = tuple(
        Level(
            each, found.with_columns(step=pl.Series(step.sizes), weight=pl.Series(step.weights)), step.between
        )
        for each, found, step in zip(keys, groups, steps, strict=True)
    )
    return Levels(mean, max(_LEAST, float((left**2).mean())), levels)


@dataclass(frozen=True)
class _Step:
    sizes: Array  # per group
    weights: Array
    between: float


def _step(left: Array, place: npt.NDArray[np.int64], size: int) -> _Step:
    """Return the step of each group, from what the other levels leave of each row."""
    count = np.bincount(place, minlength=size).astype(np.float64)
    mean = np.bincount(place, left, size) / count
    squares = float(((left - mean[place]) ** 2).sum())
    free = float(count.sum()) - size
    within = max(_LEAST, squares / free if free > 0 else float(mean.var()) / 2)
    # E[sum of n mean²] = sum of (n between + within) where the groups' own mean is 0.
    between = max(_LEAST, (float((count * mean**2).sum()) - within * size) / float(count.sum()))
    weight = count / (count + within / between)
    return _Step(mean * weight, weight, between)


def _places(rows: pl.DataFrame, groups: pl.DataFrame) -> Places:
    """Return which group each row is of, the number of groups where it is of none."""
    found = rows.select(groups.columns).join(
        groups.with_row_index("place"), on=groups.columns, how="left", maintain_order="left", nulls_equal=True
    )
    return found["place"].cast(pl.Int64).fill_null(len(groups)).to_numpy()
