"""Who orders when, where and from whom: the order's identity, before anything is bought or shipped."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.life.moves import other_category
from simulator.world import consumers, platforms, shops
from simulator.world.cities import ABROAD
from simulator.world.days import DAY, HOURS, SALE_HOURS, clock_table
from simulator.world.draws import I64, STEPS, U64, Flags, again, chance, pick, pick_row, share_table
from simulator.world.market import Market

#: Orders that are made together. The numbers do not depend on it, only the row groups do.
BLOCK = 65_536

#: An order that follows another of the same consumer at the same merchant within minutes. Assumption.
COMPANION = 0.012

_CLOCKS = np.stack([clock_table(HOURS), clock_table(SALE_HOURS)])
_HABITS = share_table(list(consumers.HABIT_ORDERS))


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


def blocks(starts: I64, first_day: int, last_day: int) -> Iterator[tuple[int, int]]:
    """Yield first and last + 1 order of each block of these days."""
    at, end = int(starts[first_day]), int(starts[last_day])
    while at < end:
        stop = min(end, (at // BLOCK + 1) * BLOCK)
        yield at, stop
        at = stop


def _placed(market: Market, index: I64, day: I64) -> I64:
    """Return when each order is placed: in order of its number, by the day's clock."""
    count = market.starts[day + 1] - market.starts[day]
    jitter = (market.draws.of("placed", index) >> np.uint64(32)).astype(np.int64)
    part = (((index - market.starts[day]) << 32) + jitter) // count
    days_row = day + market.story.first - market.days.first
    clock = _CLOCKS.ravel()[market.days.is_sale[days_row] * 4097 + (part >> 20)]
    after = _CLOCKS.ravel()[market.days.is_sale[days_row] * 4097 + (part >> 20) + 1]
    placed: I64 = (market.story.first + day) * DAY + clock + ((after - clock) * (part & 0xFFFFF) >> 20)
    return placed


def _choice(bits: U64, bounds: npt.NDArray[np.uint64]) -> I64:
    choice: I64 = (bits[:, None] >= bounds).sum(axis=1).astype(np.int64)
    return choice


def demand(market: Market, first: int, last: int) -> Demand:
    """Return the orders from first to last (excluded)."""
    draws = market.draws
    index = np.arange(first, last, dtype=np.int64)
    day = np.searchsorted(market.starts, index, side="right") - 1
    follows = chance(draws.of("companion", index), COMPANION)
    # The first of a day and of a block follow no one, nor does the one after a follower.
    follows &= (index != market.starts[day]) & (index % BLOCK != 0)
    follows[1:] &= ~follows[:-1]
    identity = index - follows

    platform = _choice(draws.even("platform", identity, STEPS[0]), market.story.platform_bounds[day])
    channel = pick_row(draws.of("channel", identity), platforms.CHANNEL_TABLES, platform)
    bound = market.story.high_tier_bounds[day, platform, channel]
    is_high = draws.even("tier 1-2", identity, STEPS[1]) < bound
    tier_bits = draws.of("tier", identity)
    tier = np.where(
        is_high, pick(tier_bits, platforms.HIGH_TIER_TABLE), 3 + pick(tier_bits, platforms.LOW_TIER_TABLE)
    )
    tier = np.where(platform == platforms.SHOPIFY, ABROAD, tier)
    group = consumers.group_of(platform, tier, pick(again(tier_bits), _HABITS))
    account = consumers.choose(draws, market.people, identity, day, group)
    high = is_high.astype(np.int64)
    category = shops.choose_category(draws, identity, high)
    category = other_category(market, identity, day, category, high)
    return Demand(
        index=index,
        identity=identity,
        is_companion=follows,
        day=day,
        placed=_placed(market, index, day),
        platform=platform,
        channel=channel,
        tier=tier,
        account=account,
        city=consumers.home(draws, account),
        merchant=shops.choose_merchant(draws, market.shops, identity, platform, category),
    )
