"""Categories that move between kinds of city because an injection says so."""

import numpy as np

from simulator.world.categories import SHARES_BY_TIER
from simulator.world.days import DAY
from simulator.world.draws import I64, again, chance
from simulator.world.market import Market


def other_category(market: Market, identity: I64, day: I64, category: I64, is_high: I64) -> I64:
    """Return the category of each order where one has moved between kinds of city.

    A share of the orders that leave it is spread over the others; in the other kind of city as many come.
    """
    placed = (market.story.first + day) * DAY
    for each in market.injections:
        if each.kind != "category_tier":
            continue
        when = (placed >= each.first) & (placed < each.end)
        leaves_from = 0 if each.to_high_tiers else 1
        bits = market.draws.of("category moves", identity)
        leaves = when & (category == each.category) & (is_high == leaves_from) & chance(bits, each.size)
        low, high = (SHARES_BY_TIER[row][each.category] for row in (0, 1))
        gone, there = (low, high) if each.to_high_tiers else (high, low)
        joins = chance(bits, min(1.0, each.size * gone / (1.0 - there)))
        joins &= when & (category != each.category) & (is_high != leaves_from)
        away = (each.category + 1 + (again(bits) >> np.uint64(60)).astype(np.int64) % 15) % 16
        category = np.where(leaves, away, np.where(joins, each.category, category))
    return category
