"""Which courier carries a parcel: drawn among the merchant's contracts, with propensities that are known.

Heavy, urgent and remote parcels go to other couriers than light ones nearby, and each merchant has its habit:
so the couriers' means differ for reasons that are not theirs. All sizes are assumptions.
"""

from dataclasses import dataclass

import numpy as np

from simulator.world import categories
from simulator.world.couriers import COURIERS
from simulator.world.draws import I64, Flags
from simulator.world.market import Market
from simulator.world.network import Network
from simulator.world.platforms import JD
from simulator.world.provinces import REMOTE, provinces

#: Habit: the main courier, the second, any other with a contract.
MAIN, SECOND, OTHER = 14, 5, 2
#: How much likelier each courier is than usual, eighths: over 1 kg, over 3 kg, urgent, remote.
_COURIERS = {
    "zto": (8, 8, 6, 6), "yunda": (8, 9, 5, 5), "yto": (8, 7, 6, 7), "best": (9, 10, 4, 5),
    "sto": (8, 9, 5, 5), "sf": (7, 4, 28, 24), "ems": (7, 5, 14, 30), "jd": (8, 7, 16, 10),
    "ttk": (9, 10, 3, 4), "deppon": (12, 30, 5, 8),
}  # fmt: skip
LIKES = np.array([_COURIERS[name] for name in COURIERS], np.int64)
BANDS = (1000, 3000)
#: Propensities are whole numbers of this; every courier with a contract has at least one in fifty.
WHOLE = 1 << 24
LEAST = WHOLE // 50
_FRESH = categories.CATEGORIES.index("fresh_produce")


@dataclass(frozen=True)
class Situation:
    """What is known of parcels when their couriers are chosen."""

    key: I64
    merchant: I64
    platform: I64
    origin: I64  # province
    destination: I64
    weight: I64
    is_urgent: Flags

    def of(self, rows: I64) -> "Situation":
        """Return some of the parcels."""
        return Situation(**{name: column[rows] for name, column in vars(self).items()})


def situation(
    market: Market, key: I64, order: I64, merchant: I64, cities: tuple[I64, I64], weight: I64
) -> Situation:
    """Return the situation of the parcels of these orders (by index), between these cities.

    Urgent is what spoils, and what JD promised to the hour.
    """
    of_city = provinces().of_city
    platform = market.shops.platform(merchant)
    spoils = merchant // market.shops.per_cell % len(categories.CATEGORIES) == _FRESH
    return Situation(
        key=key,
        merchant=merchant,
        platform=platform,
        origin=of_city[cities[0]],
        destination=of_city[cities[1]],
        weight=weight,
        is_urgent=spoils | ((platform == JD) & (order % 10 < 7)),
    )


def propensities(market: Market, network: Network, parcels: Situation) -> I64:
    """Return parcel × courier: the chance of each, in whole numbers; the sum of a row is its whole."""
    has = network.has_contract(parcels.merchant)
    own = market.shops.couriers[parcels.merchant].astype(np.int64)
    row = np.arange(len(own))
    weight = np.full(has.shape, OTHER, np.int64)
    weight[row, own[:, 1]] = SECOND
    weight[row, own[:, 0]] = MAIN
    weight *= network.balance[parcels.platform]
    band = np.searchsorted(np.array(BANDS), parcels.weight - 1, side="right")
    remote = provinces().price_class
    is_remote = np.maximum(remote[parcels.origin], remote[parcels.destination]) >= REMOTE
    likes = np.stack(
        [
            np.where(heavy, LIKES[:, heavy - 1] if heavy else 8, 8)
            * np.where(urgent, LIKES[:, 2], 8)
            * np.where(far, LIKES[:, 3], 8)
            for heavy in (0, 1, 2)
            for urgent in (0, 1)
            for far in (0, 1)
        ]
    )
    weight *= likes[(band * 2 + parcels.is_urgent) * 2 + is_remote]
    weight *= has
    total = weight.sum(axis=1)
    share = weight * WHOLE // total[:, None]
    return np.where(has, np.maximum(share, LEAST), 0)


def choose(market: Market, network: Network, parcels: Situation) -> I64:
    """Return the courier of each parcel: drawn by its propensities, or the one it was assigned."""
    reached = np.cumsum(propensities(market, network, parcels), axis=1)
    part = market.draws.of("courier", parcels.key) >> np.uint64(32)
    mark = ((part * reached[:, -1].astype(np.uint64)) >> np.uint64(32)).astype(np.int64)
    drawn: I64 = (reached <= mark[:, None]).sum(axis=1).astype(np.int64)
    if market.assignments is None:
        return drawn
    return market.assignments.courier(parcels.key, drawn)
