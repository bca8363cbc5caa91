"""Rank accounts by how much they buy like a seed group, and say how well that finds the group itself.

A logistic regression tells the seed group from all others by what they buy. Its weights are held small: a
group of some hundred accounts says little of each of a hundred features, but much of them together.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

Array = npt.NDArray[np.float64]

#: Of fewer accounts nothing can be learnt.
LEAST = 30
#: The share of the ranked accounts that a lift is of.
TOP = 0.1
#: Strength of the weights (inverse regularisation), chosen on simulated markets; see benchmarks/audience.py.
_STRENGTH = 0.0001
#: The seed's half that is held out is drawn so many times.
_HALVES = 5


class TooFewError(ValueError):
    """The seed group is too small to learn from."""


def look_alikes(profiles: pl.DataFrame, seed: list[str]) -> pl.DataFrame:
    """Return all accounts but the seed, `consumer_id` and `score`, those most like the seed first.

    Args:
        profiles: as ``estimates.audience.profiles.profiles`` returns them, of lines without what the seed
            group is known by.
        seed: the `consumer_id` of those who did what the others may do.

    Raises:
        TooFewError: fewer than 30 of the seed have a profile.
    """
    is_seed = _is_seed(profiles, seed)
    others = profiles.filter(pl.Series(~is_seed)).select("consumer_id")
    scores = _scores(_features(profiles), is_seed)[~is_seed]
    return others.with_columns(score=pl.Series(scores)).sort(
        ["score", "consumer_id"], descending=[True, False], maintain_order=True
    )


def lift(profiles: pl.DataFrame, seed: list[str], random_seed: int = 0) -> float:
    """Return how much more of a held-out half of the seed stands in the top tenth than in a tenth by chance.

    The mean of five halves; takes and raises what ``look_alikes`` does.
    """
    is_seed = _is_seed(profiles, seed)
    features, dice = _features(profiles), np.random.default_rng(random_seed)
    lifts = []
    for _ in range(_HALVES):
        known, held = halves(is_seed, dice)
        lifts.append(top_lift(_scores(features, known)[~known], held[~known]))
    return float(np.mean(lifts))


def halves(is_seed: npt.NDArray[np.bool_], dice: np.random.Generator) -> tuple[npt.NDArray[np.bool_], ...]:
    """Return two halves of the seed, drawn at random."""
    places = dice.permutation(np.flatnonzero(is_seed))
    found = []
    for part in np.array_split(places, 2):
        half = np.zeros(len(is_seed), np.bool_)
        half[part] = True
        found.append(half)
    return tuple(found)


def top_lift(scores: Array, is_held: npt.NDArray[np.bool_]) -> float:
    """Return the share of those held out in the top tenth of the scores, over what chance puts there."""
    best = np.argsort(-scores, kind="stable")[: max(1, round(len(scores) * TOP))]
    return float(is_held[best].mean() / is_held.mean())


def _is_seed(profiles: pl.DataFrame, seed: list[str]) -> npt.NDArray[np.bool_]:
    found = profiles["consumer_id"].is_in(seed).to_numpy()
    if found.sum() < LEAST:
        raise TooFewError(f"{found.sum()} accounts of the group bought anything else: {LEAST} are needed.")
    return np.asarray(found, np.bool_)


def _features(profiles: pl.DataFrame) -> Array:
    logs = np.log1p(profiles.drop("consumer_id").to_numpy().astype(np.float64))
    return np.asarray((logs - logs.mean(axis=0)) / np.maximum(logs.std(axis=0), 1e-9))


def _scores(features: Array, is_seed: npt.NDArray[np.bool_]) -> Array:
    from sklearn.linear_model import LogisticRegression  # takes a second to import

    model = LogisticRegression(C=_STRENGTH, class_weight="balanced", max_iter=500)
    model.fit(features, is_seed)
    return np.asarray(model.decision_function(features), np.float64)
