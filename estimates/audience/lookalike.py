"""Rank accounts by how much they buy like a seed group, and say how well that finds the group itself.

Naive Bayes: each line says how much more often the group buys of its category, and of its band of price, than
all do. What the lines of an account say is added up, and so is how much it bought when the group did.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

from estimates.audience.purchases import Places, Purchases

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

#: Of fewer accounts nothing can be learnt.
LEAST = 30
#: The share of the ranked accounts that a lift is of.
TOP = 0.1
#: The seed's half that is held out is drawn so many times.
_HALVES = 5

# Chosen on simulated markets, seeds 101 to 106; see benchmarks/audience.py.
#: The group's shares are taken as if so many lines more had been bought as all buy: some hundred say little.
_LINES_OF_ALL = 400
#: A line counts by how many of the group's fell on its day, give or take so many days.
_DAYS = 20
#: What a line at any other time counts, and what an account counts without one: it may still come.
_OTHER_TIME, _NO_LINE = 0.05, 0.2
#: Weight of the time against that of what was bought, each in its standard deviations.
_TIME = 0.4


class TooFewError(ValueError):
    """The seed group is too small to learn from."""


def look_alikes(bought: Purchases, seed: pl.DataFrame) -> pl.DataFrame:
    """Return all accounts but the seed, `consumer_id` and `score`, those most like the seed first.

    Args:
        bought: lines without those that the seed group is known by, nor others of the same orders: nobody
            has these who did not do the same.
        seed: `consumer_id` and `order_date` of what the group did; an account may stand there repeatedly.

    Raises:
        TooFewError: fewer than 30 of the seed bought anything.
    """
    account, day = _places(bought, seed)
    is_seed = _is_seed(bought, account)
    others = pl.DataFrame({"consumer_id": bought.accounts.filter(pl.Series(~is_seed))})
    found = others.with_columns(score=pl.Series(_scores(bought, is_seed, day)[~is_seed]))
    return found.sort(["score", "consumer_id"], descending=[True, False], maintain_order=True)


def lift(bought: Purchases, seed: pl.DataFrame, random_seed: int = 0) -> float:
    """Return how much more of a held-out half of the seed stands in the top tenth than in a tenth by chance.

    The mean of five halves; takes and raises what ``look_alikes`` does.
    """
    account, day = _places(bought, seed)
    is_seed, dice = _is_seed(bought, account), np.random.default_rng(random_seed)
    lifts = []
    for _ in range(_HALVES):
        known, held = halves(is_seed, dice)
        lifts.append(top_lift(_scores(bought, known, day[known[account]])[~known], held[~known]))
    return float(np.mean(lifts))


def halves(is_seed: Flags, dice: np.random.Generator) -> tuple[Flags, ...]:
    """Return two halves of the seed, drawn at random."""
    places = dice.permutation(np.flatnonzero(is_seed))
    found = []
    for part in np.array_split(places, 2):
        half = np.zeros(len(is_seed), np.bool_)
        half[part] = True
        found.append(half)
    return tuple(found)


def top_lift(scores: Array, is_held: Flags) -> float:
    """Return the share of those held out in the top tenth of the scores, over what chance puts there."""
    best = np.argsort(-scores, kind="stable")[: max(1, round(len(scores) * TOP))]
    return float(is_held[best].mean() / is_held.mean())


def _places(bought: Purchases, seed: pl.DataFrame) -> tuple[Places, Places]:
    """Return account and day of what the seed did, where it bought anything else."""
    accounts = pl.DataFrame({"consumer_id": bought.accounts}).with_row_index("account")
    found = seed.join(accounts, on="consumer_id", maintain_order="left").select(
        pl.col("account").cast(pl.Int64), pl.col("order_date").dt.epoch("d").cast(pl.Int64)
    )
    if (count := found["account"].n_unique()) < LEAST:
        raise TooFewError(f"{count} accounts of the group bought anything else: {LEAST} are needed.")
    return found["account"].to_numpy(), found["order_date"].to_numpy()


def _is_seed(bought: Purchases, account: Places) -> Flags:
    return np.isin(np.arange(len(bought.accounts)), account)


def _scores(bought: Purchases, is_known: Flags, days: Places) -> Array:
    """Return how much each account buys like those known, who did what they are known by on these days."""
    is_theirs = is_known[bought.account]
    tastes = _log_ratios(bought.category, is_theirs) + _log_ratios(bought.band, is_theirs)
    count = len(bought.accounts)
    taste = np.bincount(bought.account, tastes, count).astype(np.float64)
    lines = np.bincount(bought.account, minlength=count)
    then = np.bincount(bought.account, _closeness(bought.day, days), count)
    time = np.log(then + _OTHER_TIME * lines + _NO_LINE)
    return _standard(taste) + _TIME * _standard(time)


def _log_ratios(kind: Places, is_theirs: Flags) -> Array:
    """Return of each line how much more often the group buys of its kind than all do, as a logarithm."""
    of_all = np.bincount(kind) / len(kind)
    theirs = np.bincount(kind[is_theirs], minlength=len(of_all)) + _LINES_OF_ALL * of_all
    return np.asarray(np.log(theirs[kind] / theirs.sum() / of_all[kind]))


def _closeness(day: Places, days: Places) -> Array:
    """Return how much of the group's doing falls around each day: 1 where most does."""
    from scipy.ndimage import gaussian_filter1d  # takes a while to import

    first = min(day.min(), days.min())
    last = max(day.max(), days.max())
    counts = np.bincount(days - first, minlength=last - first + 1).astype(np.float64)
    around = gaussian_filter1d(counts, _DAYS, mode="constant")
    return np.asarray((around / around.max())[day - first])


def _standard(values: Array) -> Array:
    return np.asarray((values - values.mean()) / max(float(values.std()), 1e-9))
