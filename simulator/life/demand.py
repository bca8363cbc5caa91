"""Who orders when, where and from whom: the order's identity, before anything is bought or shipped."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.life.moves import other_category
from simulator.world import consumers, platforms, shops, tastes
from simulator.world.causes import OTHERS
from simulator.world.cities import ABROAD
from simulator.world.days import DAY, HOURS, SALE_HOURS, clock_table
from simulator.world.draws import I64, STEPS, U64, Flags, again, below, chance, pick, pick_row, share_table
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
    product: I64  # that brought the order to the merchant; −1 = none in particular


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


def _follows(market: Market, index: I64) -> Flags:
    """Return whether orders may follow the one before: the first of a day and of a block do not."""
    follows = chance(market.draws.of("companion", index), COMPANION)
    day = np.searchsorted(market.starts, index, side="right") - 1
    return np.asarray(follows & (index != market.starts[day]) & (index % BLOCK != 0))


def demand(market: Market, first: int, last: int) -> Demand:
    """Return the orders from first to last (excluded), before anyone comes back for more (`repeats`)."""
    index = np.arange(first, last, dtype=np.int64)
    follows = _follows(market, index)
    # The one after a follower follows no one.
    follows[1:] &= ~follows[:-1]
    return _demand(market, index, follows)


def single_orders(market: Market, index: I64) -> tuple[Demand, Flags]:
    """Return orders here and there, and which of them have no other that travels along."""
    single = ~_follows(market, index) & ~_follows(market, index + 1)
    return _demand(market, index, np.zeros(len(index), bool)), single


def _demand(market: Market, index: I64, follows: Flags) -> Demand:
    draws = market.draws
    day = np.searchsorted(market.starts, index, side="right") - 1
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
    if "consumers" in market.parts:
        # Of two who may order, one who likes to order on such a day goes first.
        out = np.flatnonzero(~tastes.in_rhythm(draws, account, day))
        account[out] = consumers.choose(
            draws, market.people, identity[out], day[out], group[out], "account in rhythm"
        )
        # Who has stopped buying gives the order to someone who joined lately.
        gone = day > tastes.stays(draws, market.people, account)
        account = np.where(gone, consumers.newcomer(draws, market.people, identity, day, group), account)
    merchant, product = chosen(market, identity, day, platform, is_high, account)
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
        city=consumers.home(draws, account, is_trading="abroad" in market.parts),
        merchant=merchant,
        product=product,
    )


def chosen(
    market: Market, identity: I64, day: I64, platform: I64, is_high: Flags, account: I64
) -> tuple[I64, I64]:
    """Return the merchant of each order, and the product that brought it there: −1 = none in particular."""
    draws, every = market.draws, market.shops
    high = is_high.astype(np.int64)
    product = np.full(len(identity), -1, np.int64)
    if "consumers" not in market.parts:
        category = shops.choose_category(draws, identity, high)
        category = other_category(market, identity, day, category, high)
        return shops.choose_merchant(draws, every, identity, platform, category), product
    month = market.story.month[day]
    bits = draws.even("category", identity, STEPS[2])
    category = tastes.category(draws, identity, month, account, bits)
    category = other_category(market, identity, day, category, high)
    usual = shops.choose_rank(draws, every, identity)
    place = tastes.rank(draws, identity, account, category, every.per_cell, usual)
    merchant = shops.merchant_at(every, platform, category, place)
    product = drawn(market, identity, day, platform, category, account)
    return np.where(product >= 0, product // shops.PRODUCTS, merchant), product


def drawn(market: Market, identity: I64, day: I64, platform: I64, category: I64, account: I64) -> I64:
    """Return the product that a cause draws each order to, −1 where none does."""
    draws = market.draws
    product = np.full(len(identity), -1, np.int64)
    today = market.story.first + day
    for number, cause in enumerate(market.causes):
        bits = draws.of(f"cause {number}", identity)
        share = np.full(len(identity), cause.share)
        if cause.taste >= 0:
            eager = (tastes.taste_of(draws, account) == cause.taste) & (
                tastes.band_of(draws, account) == cause.band
            )
            share = np.where(eager, cause.share, OTHERS)
        if cause.followers:
            follows = chance(draws.of(f"follows in {cause.category}", account), cause.followers)
            share = np.where(follows, cause.share, 0.0)
        part = (bits >> np.uint64(11)).astype(np.float64) / 2.0**53
        goes = (today >= cause.day) & (today < cause.end) & (category == cause.category) & (part < share)
        goes &= platform != platforms.SHOPIFY
        by_platform = market.shops.platform(cause.products // shops.PRODUCTS)
        for which in range(platforms.SHOPIFY):
            mine = cause.products[by_platform == which]
            rows = np.flatnonzero(goes & (platform == which))
            if len(mine) and len(rows):
                product[rows] = mine[below(draws.of("drawn to", identity[rows]), len(mine))]
    return product
