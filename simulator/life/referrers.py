"""Who brought the consumer: dropshippers and leaders of buying groups, more and more in lower tiers.

A consumer has one dropshipper; a group's leader lives in its city. That leaders bring more orders of lower
tiers each month is the subject of community group buying; the sizes are assumptions.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from simulator.life.demand import Demand
from simulator.world.days import day_number
from simulator.world.draws import I64, U64, again, skewed
from simulator.world.market import Market
from simulator.world.platforms import DROPSHIP, GROUP_BUY, SHOPIFY

NOBODY, DROPSHIPPER, LEADER = 0, 1, 2
KINDS = ("", "dropshipper", "group_leader")
#: Share of group orders that a leader brought, permille: in January 2018, and what comes to it each year; in
#: tiers 1–2, in the others.
LED, EACH_YEAR = (60, 90), (20, 160)
#: Leaders of a city, and dropshippers of a platform.
LEADERS, DROPSHIPPERS = 40, 3_000
_SINCE = day_number(date(2018, 1, 1))


@dataclass(frozen=True)
class Referrers:
    """Per order: what kind of party brought the consumer, and its number."""

    kind: I64
    number: I64

    def codes(self, market: Market) -> U64:
        """Return the codes, different for every party."""
        return market.draws.of("referrer code", self.number * 4 + self.kind)


def referrers(market: Market, orders: Demand) -> Referrers:
    """Return who brought the consumer of each order."""
    draws = market.draws
    is_low = (orders.tier >= 3).astype(np.int64)
    days = np.arange(len(market.starts) - 1) + market.story.first - _SINCE
    days = np.zeros_like(days) if market.is_quiet else days
    led = np.array(LED)[None, :] + np.array(EACH_YEAR)[None, :] * days[:, None] // 365
    share = np.clip(led, 0, 900) * (1 << 32) // 1000
    bits = draws.of("led", orders.identity)
    is_led = (bits >> np.uint64(32)).astype(np.int64) < share[orders.day, is_low]
    is_led &= (orders.channel == GROUP_BUY) & (orders.platform != SHOPIFY)
    drop = (orders.channel == DROPSHIP) & (orders.platform != SHOPIFY)
    leader = orders.city * LEADERS + skewed(again(bits), LEADERS, 2)
    dropshipper = orders.platform * DROPSHIPPERS + skewed(
        draws.of("dropshipper", orders.account), DROPSHIPPERS, 2
    )
    return Referrers(
        kind=np.where(drop, DROPSHIPPER, np.where(is_led, LEADER, NOBODY)),
        number=np.where(drop, dropshipper, np.where(is_led, leader, 0)),
    )
