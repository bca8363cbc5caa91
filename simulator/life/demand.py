"""Who orders when, where and from whom: the order's identity, before anything is bought or shipped."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from simulator.world import consumers, platforms, shops
from simulator.world import days as calendar
from simulator.world.cities import ABROAD
from simulator.world.draws import I64, STEPS, U64, Draws, Flags, again, chance, pick, pick_row, share_table

#: Orders that are made together. The numbers do not depend on it, only the row groups do.
BLOCK = 65_536

#: An order that follows another of the same consumer at the same merchant within minutes. Assumption.
COMPANION = 0.012

_CLOCKS = np.stack([calendar.clock_table(calendar.HOURS), calendar.clock_table(calendar.SALE_HOURS)])
_HABITS = share_table(list(consumers.HABIT_ORDERS))


@dataclass(frozen=True)
class Market:
    """All that is fixed before the first order is made."""

    draws: Draws
    from_date: date
    to_date: date
    end: int  # China seconds: nothing at or after it is known
    starts: I64  # day → number of the day's first order; one more row for the end
    days: calendar.Days
    story: platforms.Story
    people: consumers.Population
    shops: shops.Shops
    recycled: float = 0.0  # share of waybill numbers that are used again


@dataclass(frozen=True)
class Demand:
    """Orders of a block as columns; an order is its row."""

    index: I64
    identity: I64  # the index whose draws say who orders and where
    is_companion: Flags
    day: I64
    placed: I64
    platform: I64
    channel: I64
    tier: I64
    account: I64
    city: I64
    merchant: I64


def orders_per_day(orders: int, from_date: date, to_date: date) -> I64:
    """Return how many orders are placed on each day; they add up to all of them."""
    count = (to_date - from_date).days + 1
    weights = [int(calendar.demand_weight(from_date + timedelta(days=n)) * 1000) for n in range(count)]
    whole, reached, marks = sum(weights), 0, [0]
    for weight in weights:
        reached += weight
        marks.append(orders * reached // whole)
    counts: I64 = np.array(marks[1:], np.int64) - np.array(marks[:-1], np.int64)
    return counts


def market(
    orders: int,
    from_date: date,
    to_date: date,
    until_date: date,
    seed: int,
    abroad: float = 0.0,
    recycled: float = 0.0,
) -> Market:
    """Return the market before its first order."""
    draws = Draws(seed)
    per_day = orders_per_day(orders, from_date, to_date)
    story = platforms.story(from_date, to_date, abroad)
    return Market(
        draws=draws,
        from_date=from_date,
        to_date=to_date,
        end=(calendar.day_number(until_date) + 1) * calendar.DAY,
        starts=np.concatenate([np.zeros(1, np.int64), np.cumsum(per_day)]),
        days=calendar.days_around(from_date, to_date),
        story=story,
        people=consumers.population(story, per_day),
        shops=shops.shops(draws, orders),
        recycled=recycled,
    )


def blocks(starts: I64, first_day: int, last_day: int) -> Iterator[tuple[int, int]]:
    """Yield first and last + 1 order of each block of these days."""
    at, end = int(starts[first_day]), int(starts[last_day])
    while at < end:
        stop = min(end, (at // BLOCK + 1) * BLOCK)
        yield at, stop
        at = stop


def _placed(of: Market, index: I64, day: I64) -> I64:
    """Return when each order is placed: in order of its number, by the day's clock."""
    count = of.starts[day + 1] - of.starts[day]
    jitter = (of.draws.of("placed", index) >> np.uint64(32)).astype(np.int64)
    part = (((index - of.starts[day]) << 32) + jitter) // count
    days_row = day + of.story.first - of.days.first
    clock = _CLOCKS.ravel()[of.days.is_sale[days_row] * 4097 + (part >> 20)]
    after = _CLOCKS.ravel()[of.days.is_sale[days_row] * 4097 + (part >> 20) + 1]
    placed: I64 = (of.story.first + day) * calendar.DAY + clock + ((after - clock) * (part & 0xFFFFF) >> 20)
    return placed


def _choice(bits: U64, bounds: npt.NDArray[np.uint64]) -> I64:
    choice: I64 = (bits[:, None] >= bounds).sum(axis=1).astype(np.int64)
    return choice


def demand(of: Market, first: int, last: int) -> Demand:
    """Return the orders from first to last (excluded)."""
    draws = of.draws
    index = np.arange(first, last, dtype=np.int64)
    day = np.searchsorted(of.starts, index, side="right") - 1
    follows = chance(draws.of("companion", index), COMPANION)
    # The first of a day and of a block follow no one, nor does the one after a follower.
    follows &= (index != of.starts[day]) & (index % BLOCK != 0)
    follows[1:] &= ~follows[:-1]
    identity = index - follows

    platform = _choice(draws.even("platform", identity, STEPS[0]), of.story.platform_bounds[day])
    channel = pick_row(draws.of("channel", identity), platforms.CHANNEL_TABLES, platform)
    bound = of.story.high_tier_bounds[day, platform, channel]
    is_high = draws.even("tier 1-2", identity, STEPS[1]) < bound
    tier_bits = draws.of("tier", identity)
    tier = np.where(
        is_high, pick(tier_bits, platforms.HIGH_TIER_TABLE), 3 + pick(tier_bits, platforms.LOW_TIER_TABLE)
    )
    tier = np.where(platform == platforms.SHOPIFY, ABROAD, tier)
    group = consumers.group_of(platform, tier, pick(again(tier_bits), _HABITS))
    account = consumers.choose(draws, of.people, identity, day, group)
    return Demand(
        index=index,
        identity=identity,
        is_companion=follows,
        day=day,
        placed=_placed(of, index, day),
        platform=platform,
        channel=channel,
        tier=tier,
        account=account,
        city=consumers.home(draws, account),
        merchant=shops.choose_merchant(draws, of.shops, identity, platform, is_high.astype(np.int64)),
    )
