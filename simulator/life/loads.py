"""How much each courier is asked to carry, and how long parcels wait where that is more than it can.

Shares are kept where they were published by a factor per platform and courier, found on a sample of orders.
What is asked of a courier on a day, from a region, is expected from the same sample and the day's orders;
assignments move whole parcels from one courier to another. A queue per courier and region does the rest.
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from simulator.life.baskets import baskets
from simulator.life.checkout import checkout
from simulator.life.choice import WHOLE, Situation, choose, propensities
from simulator.life.demand import blocks
from simulator.life.journeys import registrations
from simulator.life.parcels import STEP, sales, situations
from simulator.life.repeats import ordered
from simulator.world.cities import REGIONS
from simulator.world.couriers import COURIERS, JD_PARCELS, shares
from simulator.world.days import DAY
from simulator.world.draws import I64, below
from simulator.world.market import Market
from simulator.world.network import Network
from simulator.world.platforms import SHOPIFY
from simulator.world.provinces import provinces

#: Orders of the sample, in so many stretches.
SAMPLE, STRETCHES = 32_768, 16
#: How often the factors are set right.
ROUNDS = 14
#: Labels printed on the day of the order, the next, and the one after, per cent. Assumption.
PRINTED = (55, 40, 5)
#: Capacity against the mean of four weeks, permille: from, to. On days that are known to peak couriers hire
#: for this part of what is more. No parcel waits longer than so many days. Assumptions.
HEADROOM, HIRED, LONGEST = (1080, 1600), 0.85, 6
#: Parcels a day that every courier can collect in a region besides.
SPARE = 1.0

_Loads = npt.NDArray[np.float64]


def _sample(market: Market) -> tuple[Situation, int]:
    """Return the situations of the parcels of a sample of orders, and how many orders these are."""
    orders = int(market.starts[-1])
    size = max(1, min(SAMPLE, orders) // STRETCHES)
    parts, count = [], 0
    for stretch in range(STRETCHES):
        first = orders * stretch // STRETCHES
        last = min(orders, first + size)
        if first == last:
            continue
        made, _ = ordered(market, first, last)
        goods = baskets(market, made)
        parts.append(situations(market, sales(market, made, goods, checkout(market, made))))
        count += last - first
    whole = Situation(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in vars(parts[0])})
    return whole, count


def _balance(market: Market, network: Network, sample: Situation) -> Network:
    """Return the network with the factors that keep the couriers' shares on each platform."""
    for _ in range(ROUNDS):
        chances = propensities(market, network, sample)
        part = chances * WHOLE // chances.sum(axis=1)[:, None]
        balance = network.balance.copy()
        for platform in range(SHOPIFY):
            found = part[sample.platform == platform].sum(axis=0).tolist()
            wanted = shares(platform, JD_PARCELS)
            for courier in range(len(COURIERS)):
                if found[courier] == 0 or not wanted[courier]:
                    continue
                ratio = wanted[courier] / sum(wanted) * sum(found) / found[courier]
                balance[platform, courier] = int(balance[platform, courier] * min(4.0, max(0.25, ratio)))
        network = replace(network, balance=np.clip(balance, 20, 100_000))
    return network


def _expected(market: Market, network: Network, sample: Situation, orders: int) -> _Loads:
    """Return the parcels expected: courier × region of origin × day row."""
    chances = propensities(market, network, sample)
    part = chances * WHOLE // chances.sum(axis=1)[:, None]
    share = np.zeros((len(REGIONS), len(COURIERS)), np.int64)
    np.add.at(share, provinces().region[sample.origin], part)
    per_order = share.T.astype(np.float64) / WHOLE / orders
    per_day = np.diff(market.starts)
    rows = len(market.days.slowness)
    printed = np.zeros(rows, np.int64)
    ahead = market.story.first - market.days.first
    for lag, per_cent in enumerate(PRINTED):
        printed[ahead + lag : ahead + lag + len(per_day)] += per_cent * per_day[: rows - ahead - lag]
    return np.asarray(per_order[:, :, None] * (printed[None, None, :] / 100.0))


def _capacity(market: Market, expected: _Loads) -> _Loads:
    """Return what each courier can collect: a mean of four weeks, headroom, and hands hired for peaks."""
    couriers, regions, rows = expected.shape
    reached = np.concatenate([np.zeros((couriers, regions, 1)), np.cumsum(expected, axis=2)], axis=2)
    day = np.arange(rows)
    first, last = np.maximum(0, day - 14), np.minimum(rows, day + 14)
    mean = (reached[:, :, last] - reached[:, :, first]) / (last - first)
    pair = np.arange(couriers * regions, dtype=np.int64)
    low, high = HEADROOM
    room = low + below(market.draws.of("headroom", pair), high - low)
    usual = mean * (room.reshape(couriers, regions, 1) / 1000.0)
    more = np.maximum(0.0, expected / np.maximum(mean, 1e-9) - 1.0)
    return np.asarray(usual * (1.0 + HIRED * more) + SPARE)


def _waits(load: _Loads, capacity: _Loads) -> I64:
    """Return the seconds that parcels of each day wait behind those before them."""
    queue = np.zeros(load.shape[:2])
    waits = np.zeros(load.shape, np.int64)
    for day in range(load.shape[2]):
        can = capacity[:, :, day]
        queue = np.maximum(0.0, queue + load[:, :, day] - can)
        waits[:, :, day] = (np.minimum(queue / can, LONGEST) * DAY).astype(np.int64)
    return waits


def _moved(market: Market, network: Network) -> _Loads:
    """Return how the assignments change the parcels of each courier, region of origin and day."""
    moved = np.zeros(network.waits.shape)
    assigned = market.assignments
    if assigned is None:
        return moved
    before = replace(market, assignments=None, network=network)
    orders, found = np.unique(assigned.key // STEP), 0
    for first, last in blocks(market.starts, 0, len(market.starts) - 1):
        if np.searchsorted(orders, first) == np.searchsorted(orders, last):
            continue
        made, _ = ordered(before, first, last)
        sold = sales(before, made, baskets(before, made), checkout(before, made))
        named = sold.of(np.flatnonzero(np.isin(sold.key, assigned.key)))
        parcels = situations(before, named)
        rows = before.days.row(registrations(before, named)[0])
        usual, region = choose(before, network, parcels), provinces().region[parcels.origin]
        np.add.at(moved, (usual, region, rows), -1.0)
        np.add.at(moved, (assigned.courier(parcels.key, usual), region, rows), 1.0)
        found += len(parcels.key)
    if found < len(assigned.key):
        missing = len(assigned.key) - found
        raise ValueError(f"{missing} of the parcels assigned are not sold within China in this market.")
    return moved


def with_loads(market: Market) -> Market:
    """Return the market with its couriers' shares kept and their queues known.

    Raises:
        ValueError: parcels are assigned that the market does not have.
    """
    if market.network is None:
        return market
    plain = replace(market, network=None, assignments=None)
    sample, orders = _sample(plain)
    network = _balance(market, market.network, sample)
    expected = _expected(market, network, sample, orders)
    load = np.maximum(0.0, expected + _moved(market, network))
    return replace(market, network=replace(network, waits=_waits(load, _capacity(market, expected))))
