"""Accounts: a population that grows with the market and orders at very different rates.

An account is (platform, tier, habit, number): numbers are given as accounts join. An order chooses its
account among those that have joined by its day, so nothing has to be remembered from day to day.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from simulator.world.cities import TIERS, cities
from simulator.world.draws import I64, U64, Draws, pick_row, skewed
from simulator.world.platforms import Story

LOYAL, REGULAR, OCCASIONAL = 0, 1, 2
HABITS = 3
#: Share of orders by habit, and accounts that join per order. Assumptions: a few accounts order often and
#: for long, most order once or twice soon after they join, so that cohorts and RFM have their known shape.
HABIT_ORDERS = (0.30, 0.42, 0.28)
HABIT_JOINS = (0.03, 0.14, 0.50)
#: Days' worth of orders by which the population is older than the market.
EARLIER_DAYS = 45
#: How strongly each habit prefers accounts that joined lately (power of a uniform number).
HABIT_RECENCY = (1, 2, 4)

_NUMBER_BITS = np.int64(40)
_AT_ONCE = 1 << 17


@dataclass(frozen=True)
class Population:
    """How many accounts have joined by the end of each day; row 0 is before the first day."""

    joined: I64  # (days + 1) × group, group = (platform × tiers + tier) × habits + habit

    @property
    def groups(self) -> int:
        """Return the number of groups."""
        return int(self.joined.shape[1])


def population(story: Story, orders_per_day: I64) -> Population:
    """Return the population that fits the market's orders."""
    share = story.orders.reshape(len(orders_per_day), -1)
    by_group = share[:, :, None] * np.array(HABIT_ORDERS)[None, None, :]
    expected = np.cumsum(by_group * orders_per_day[:, None, None].astype(np.float64), axis=0)
    joins = np.array(HABIT_JOINS)[None, None, :]
    days = len(orders_per_day)
    base = expected[-1:] * (EARLIER_DAYS / (days + EARLIER_DAYS))
    # accounts per order of the base: higher, for those who were there before have had time to join
    start = np.floor(base * joins * 1.6) + (base > 0.0)
    joined = np.concatenate([start, start + np.floor(expected * joins)]).astype(np.int64)
    return Population(joined=joined.reshape(days + 1, -1))


def group_of(platform: I64, tier: I64, habit: I64) -> I64:
    """Return the column of the population's table."""
    return (platform * len(TIERS) + tier) * HABITS + habit


def choose(
    draws: Draws, people: Population, index: I64, day: I64, group: I64, stream: str = "account"
) -> I64:
    """Return the account of each order: its group and its number there; another stream, another account."""
    joined = people.joined.ravel()[(day + 1) * people.groups + group]
    bits = draws.of(stream, index)
    habit = group % HABITS
    back = skewed(bits, joined, HABIT_RECENCY[LOYAL])
    for which in (REGULAR, OCCASIONAL):
        back = np.where(habit == which, skewed(bits, joined, HABIT_RECENCY[which]), back)
    account: I64 = (group << _NUMBER_BITS) | (joined - 1 - back)
    return account


def newcomer(draws: Draws, people: Population, index: I64, day: I64, group: I64) -> I64:
    """Return an account of the group that joined lately."""
    joined = people.joined.ravel()[(day + 1) * people.groups + group]
    back = skewed(draws.of("newcomer", index), np.maximum(1, joined // 24), 1)
    account: I64 = (group << _NUMBER_BITS) | (joined - 1 - back)
    return account


def joined_between(people: Population, first_day: int, last_day: int) -> Iterator[tuple[I64, I64]]:
    """Yield, for each group, the accounts that joined in these days (last excluded) and the day of each.

    Those older than the market count as joined on its first day.
    """
    for group in range(people.groups):
        column = people.joined[:, group]
        start, end = 0 if first_day == 0 else int(column[first_day]), int(column[last_day])
        for at in range(start, end, _AT_ONCE):
            numbers = np.arange(at, min(at + _AT_ONCE, end), dtype=np.int64)
            joined_on = np.maximum(np.searchsorted(column, numbers, side="right") - 1, 0)
            yield (np.int64(group) << _NUMBER_BITS) | numbers, joined_on


def home(draws: Draws, account: I64, *, is_trading: bool) -> I64:
    """Return the city in which an account lives; a market with the part abroad sells to more countries."""
    places = cities()
    tier = (account >> _NUMBER_BITS) // HABITS % len(TIERS)
    position = pick_row(draws.of("home", account), places.by_trade if is_trading else places.by_tier, tier)
    city: I64 = places.tier_members[tier, position]
    return city


def platform_of(account: I64) -> I64:
    """Return the platform of an account."""
    return (account >> _NUMBER_BITS) // (HABITS * len(TIERS))


def code_of(draws: Draws, account: I64) -> U64:
    """Return the account's code: a hash, different for every account."""
    return draws.of("account code", account)
