"""What accounts like: a taste, a price band, shops they return to, days on which they order, for how long.

All of it follows from the account alone, so nothing has to be remembered. A taste is a theme of categories;
its share is that of its categories, so that what all buy together does not change. Sizes are assumptions.
"""

import numpy as np
import numpy.typing as npt

from simulator.world import categories
from simulator.world.categories import CATEGORIES
from simulator.world.cities import TIERS
from simulator.world.consumers import HABITS, Population
from simulator.world.draws import (
    I64,
    U64,
    Draws,
    Flags,
    again,
    below,
    chance,
    pick,
    pick_row,
    share_table,
    skewed,
)
from simulator.world.durations import around

TASTES = ("fashion", "family", "care", "kitchen_table", "home", "leisure")
_THEMES = {
    "fashion": ("women_clothing", "men_clothing", "underwear", "shoes_bags"),
    "family": ("mother_baby", "toys"),
    "care": ("beauty", "health"),
    "kitchen_table": ("food", "fresh_produce"),
    "home": ("home", "kitchen", "appliances"),
    "leisure": ("phones_digital", "sports", "pets"),
}
#: The taste of each category.
THEME = np.array([next(k for k, t in enumerate(TASTES) if c in _THEMES[t]) for c in CATEGORIES], np.int64)
BANDS = ("low", "middle", "high")
#: Shares of the price bands; of orders that follow the taste, the band, a shop that the account returns to.
BAND_SHARES = (0.32, 0.44, 0.24)
BY_TASTE, BY_BAND, LOYAL = 0.62, 0.6, 0.35
#: Days for which an account buys, by habit: median. Spread of their logarithm.
LIFE_DAYS, LIFE_SPREAD = (700, 240, 70), "0.8"
#: Accounts won with a subsidy: their share, how long they stay against others, permille, and the share of
#: their orders in the first days that carries it.
BAIT, BAIT_STAYS, BAIT_DAYS, BAIT_SUBSIDY = 0.2, 450, 7, 0.9
#: Months in which categories sell more or less, permille (Assumption; January first).
_SEASONS = {
    "women_clothing": (950, 850, 1100, 1100, 1050, 900, 850, 900, 1100, 1150, 1200, 950),
    "fresh_produce": (900, 900, 900, 950, 1000, 1200, 1250, 1200, 1050, 950, 850, 850),
    "appliances": (850, 800, 900, 950, 1050, 1300, 1250, 1100, 900, 900, 1150, 900),
    "toys": (1000, 1050, 900, 900, 1050, 1250, 950, 950, 900, 900, 950, 1150),
}

_BAND_TABLE = share_table(list(BAND_SHARES))
_NUMBER_BITS = np.int64(40)


def shares(month: int, tier: int) -> list[float]:
    """Return what of a tier's orders goes to each category in a month (0 = January), to a common scale."""
    season = [_SEASONS.get(c, (1000,) * 12)[month] / 1000 for c in CATEGORIES]
    return [share * part for share, part in zip(categories.SHARES_OF_TIERS[tier], season, strict=True)]


def _tables() -> npt.NDArray[np.uint8]:
    """Return share tables: month × tier × (any theme, then each theme)."""
    made = []
    for month in range(12):
        for tier in range(len(TIERS)):
            all_ = shares(month, tier)
            themes = [
                [share if THEME[c] == theme else 0.0 for c, share in enumerate(all_)]
                for theme in range(len(TASTES))
            ]
            made += [share_table(each) for each in (all_, *themes)]
    return np.stack(made)


_TABLES = _tables()


_TIER_TABLES = np.stack(categories.TIER_TABLES)


def tier_of(account: I64) -> I64:
    """Return the tier of each account's city."""
    return (account >> _NUMBER_BITS) // HABITS % len(TIERS)


def taste_of(draws: Draws, account: I64) -> I64:
    """Return the taste of each account: as often as its categories are bought in its tier."""
    return THEME[pick_row(draws.of("taste", account), _TIER_TABLES, tier_of(account))]


#: Days of an account's rhythm, and the first days of each round on which it likes to order. Of two accounts
#: that an order may come from, one in its days goes first. Assumptions.
RHYTHMS, LIKED = (7, 14, 28), (2, 4, 9)


def rhythm_of(draws: Draws, account: I64) -> tuple[I64, I64, I64]:
    """Return each account's rhythm in days, the day of the market on which a round begins, its liked days."""
    bits = draws.of("rhythm of account", account)
    which = below(bits, len(RHYTHMS))
    days = np.array(RHYTHMS)[which]
    return days, below(again(bits), days), np.array(LIKED)[which]


def in_rhythm(draws: Draws, account: I64, day: I64) -> Flags:
    """Return whether these days of the market are ones on which the accounts like to order."""
    days, begins, liked = rhythm_of(draws, account)
    return np.asarray((day - begins) % days < liked)


def band_of(draws: Draws, account: I64) -> I64:
    """Return the price band of each account."""
    return pick(draws.of("price band", account), _BAND_TABLE)


def is_bait(draws: Draws, account: I64) -> Flags:
    """Return whether an account was won with a subsidy."""
    return chance(draws.of("won by subsidy", account), BAIT)


def joined_on(people: Population, account: I64) -> I64:
    """Return the day, from the market's first, on which each account joined; those older: before it (−1)."""
    rows, groups = people.joined.shape
    group, number = account >> _NUMBER_BITS, account & ((1 << _NUMBER_BITS) - 1)
    ordered = people.joined.T + (np.arange(groups, dtype=np.int64) << _NUMBER_BITS)[:, None]
    place = np.searchsorted(ordered.ravel(), (group << _NUMBER_BITS) + number, side="right")
    return np.asarray(place - group * rows - 1, np.int64)


def stays(draws: Draws, people: Population, account: I64) -> I64:
    """Return the last day, from the market's first, on which an account buys."""
    habit = (account >> _NUMBER_BITS) % HABITS
    life = around(draws.of("life", account), np.array(LIFE_DAYS)[habit] * 64, LIFE_SPREAD) // 64
    life = np.where(is_bait(draws, account), life * BAIT_STAYS // 1000, life)
    return joined_on(people, account) + 3 + life


def category(draws: Draws, index: I64, month: I64, account: I64, bits: U64) -> I64:
    """Return the category of each order: of the account's taste, or any, by its tier and the season."""
    follows = chance(draws.of("follows taste", index), BY_TASTE)
    column = np.where(follows, 1 + taste_of(draws, account), 0)
    row = (month * len(TIERS) + tier_of(account)) * (1 + len(TASTES)) + column
    return pick_row(bits, _TABLES, row)


def rank(draws: Draws, index: I64, account: I64, category_: I64, per_cell: int, usual: I64) -> I64:
    """Return the place of each order's shop in its category: the account's own, or any."""
    bits = draws.of("own shop", account * 16 + category_)
    return np.where(chance(draws.of("returns", index), LOYAL), skewed(bits, per_cell, 2), usual)


def by_band(draws: Draws, index: I64, account: I64) -> I64:
    """Return the third of a shop's prices from which each order is chosen; −1 = from all."""
    bits = draws.of("by band", index)
    return np.where(chance(bits, BY_BAND), band_of(draws, account), -1)


def within(draws: Draws, index: I64, count: int) -> I64:
    """Return a place among so many."""
    return skewed(again(draws.of("by band", index)), count, 1)
