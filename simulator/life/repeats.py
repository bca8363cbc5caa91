"""Orders that come because an earlier parcel came soon: the known effect of delivery on repeat purchase.

A share of the orders would each follow a certain earlier one. Whether it does depends on how long that one
took from the order to the door: its consumer then orders again, at the same platform. What consumables run
out of comes back after a month.
"""

from dataclasses import dataclass, replace

import numpy as np

from simulator.life.baskets import baskets
from simulator.life.checkout import checkout
from simulator.life.demand import Demand, chosen, demand, single_orders
from simulator.life.journeys import journeys
from simulator.life.parcels import sales
from simulator.life.scan_kinds import Scan
from simulator.world import consumers, platforms
from simulator.world.categories import CATEGORIES
from simulator.world.days import HOUR, NEVER
from simulator.world.draws import I64, Flags, again, below, chance, pick_row
from simulator.world.market import Market

#: Share of orders that would follow another, and after how many days. Assumptions.
WOULD_FOLLOW, DAYS = 0.12, (3, 60)
#: Hours from the order to the first attempt, and the chance that an order follows: soon, later, late.
SOON, LATE = 60, 96
CHANCES = (0.9, 0.68, 0.45)
#: Consumables: ordered again after so many days twice as likely as before or after.
CONSUMABLES = ("mother_baby", "beauty", "food", "pets")
RHYTHM = (21, 38)
_CONSUMABLE = np.array([name in CONSUMABLES for name in CATEGORIES])


@dataclass(frozen=True)
class Repeats:
    """Orders of a block that would follow others, one row each."""

    order: I64  # row of the block
    earlier: I64  # index of the order that it would follow
    days: I64
    hours: I64  # from the earlier order to its first attempt, begun ones
    bits: I64  # the draw that decides, of 2^32
    follows: Flags


def threshold(hours: I64) -> I64:
    """Return the chance, of 2^32, that an order follows one that took so many hours."""
    speed = (hours > SOON).astype(np.int64) + (hours > LATE)
    return np.array([int(chance_ * 2**32) for chance_ in CHANCES], np.int64)[speed]


def ordered(market: Market, first: int, last: int) -> tuple[Demand, Repeats | None]:
    """Return the orders from first to last (excluded), and those among them that would follow others.

    Whether one follows is decided as if nothing queued and nothing was assigned, so that assignments change
    no order.
    """
    orders = demand(market, first, last)
    if "consumers" not in market.parts:
        return orders, None
    calm = replace(market, assignments=None)
    if market.network is not None:
        calm = replace(calm, network=replace(market.network, waits=np.zeros_like(market.network.waits)))
    return _with_repeats(calm, orders)


def _with_repeats(market: Market, orders: Demand) -> tuple[Demand, Repeats]:
    """Return the orders, those that follow others with their consumers, and what decided it."""
    draws = market.draws
    would = chance(draws.of("would follow", orders.identity), WOULD_FOLLOW)
    row = np.flatnonzero(would & ~orders.is_companion)
    low, high = DAYS
    lag = low + below(draws.of("follows after", orders.identity[row]), high - low + 1)
    day = orders.day[row] - lag
    row, day, lag = row[day >= 0], day[day >= 0], lag[day >= 0]
    count = market.starts[day + 1] - market.starts[day]
    earlier = market.starts[day] + below(again(draws.of("follows after", orders.identity[row])), count)
    free = ~chance(draws.of("would follow", earlier), WOULD_FOLLOW)
    row, lag, earlier = row[free], lag[free], earlier[free]
    if not len(row):
        none = np.zeros(0, np.int64)
        return orders, Repeats(none, none, none, none, none, np.zeros(0, bool))

    # The earlier orders again, each by itself; the same one may be followed twice.
    index, place = np.unique(earlier, return_inverse=True)
    made, single = single_orders(market, index)
    goods = baskets(market, made)
    sold = sales(market, made, goods, checkout(market, made))
    way = journeys(market, sold)
    tried = np.full(len(index), NEVER, np.int64)
    first = sold.slot == 0
    attempt = np.minimum(
        way.scans[Scan.ATTEMPT_FAILED], np.minimum(way.scans[Scan.AVAILABLE], way.scans[Scan.DELIVERED])
    )
    tried[sold.order[first]] = attempt[first]
    known = single & (tried < NEVER) & (made.platform != platforms.SHOPIFY)
    ready = known[place] & (tried[place] < orders.placed[row]) & (orders.platform[row] != platforms.SHOPIFY)
    row, lag, earlier, place = row[ready], lag[ready], earlier[ready], place[ready]

    hours = (tried[place] - made.placed[place]) // HOUR
    bits = (draws.of("follows", orders.identity[row]) >> np.uint64(32)).astype(np.int64)
    category = market.shops.category[goods.product[goods.first_line[place]]]
    in_rhythm = (lag >= RHYTHM[0]) & (lag <= RHYTHM[1])
    # Out of rhythm half of a consumable's followers fall away, whatever the speed.
    away = _CONSUMABLE[category] & ~in_rhythm & chance(draws.of("rhythm", orders.identity[row]), 0.5)
    row, lag, earlier, place, hours, bits = (
        column[~away] for column in (row, lag, earlier, place, hours, bits)
    )
    follows = bits < threshold(hours)
    found = Repeats(row, earlier, lag, hours, bits, follows)
    row, place = row[follows], place[follows]

    platform, account = orders.platform.copy(), orders.account.copy()
    tier, channel = orders.tier.copy(), orders.channel.copy()
    city, merchant, product = orders.city.copy(), orders.merchant.copy(), orders.product.copy()
    account[row], platform[row], tier[row] = made.account[place], made.platform[place], made.tier[place]
    identity = orders.identity[row]
    channel[row] = pick_row(draws.of("channel", identity), platforms.CHANNEL_TABLES, platform[row])
    city[row] = consumers.home(draws, account[row], is_trading="abroad" in market.parts)
    merchant[row], product[row] = chosen(
        market, identity, orders.day[row], platform[row], tier[row] < 3, account[row]
    )
    # Who ordered a second time within minutes is the same consumer.
    second = row[(row + 1 < len(tier))]
    second = second[orders.is_companion[second + 1]] + 1
    for column in (platform, account, tier, channel, city, merchant, product):
        column[second] = column[second - 1]
    return replace(
        orders, platform=platform, account=account, tier=tier, channel=channel, city=city,
        merchant=merchant, product=product,
    ), found  # fmt: skip
