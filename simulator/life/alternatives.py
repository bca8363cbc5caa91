"""What each parcel would have taken and cost with every courier: same draws, the load of the day held."""

from dataclasses import dataclass, replace

import numpy as np

from simulator.life.choice import propensities
from simulator.life.happenings import Happenings
from simulator.life.journeys import carried, expected_ways, registrations
from simulator.life.parcels import NOT_SHIPPED, SALE, situations
from simulator.life.promises import parcel_promise
from simulator.life.quantiles import LEVELS, grid
from simulator.world.cities import MAINLAND, cities
from simulator.world.couriers import COURIERS
from simulator.world.days import DAY, HOUR, NEVER
from simulator.world.draws import I64, U64, Draws, Flags
from simulator.world.market import Market
from simulator.world.provinces import provinces


@dataclass(frozen=True)
class Alternatives:
    """Courier × parcel, but for the first three."""

    parcel: I64  # rows of the block's parcels: those sold within China that moved
    oracle: I64  # the courier that who knows the true quantiles would choose
    promised: I64  # by when, for that choice
    has_contract: Flags
    propensity: I64  # whole numbers; their sum over the couriers is the whole
    price: I64  # fen
    picked_up: I64
    first_attempt: I64
    handed_over: I64
    quantiles: I64  # level × courier × parcel: seconds from collection to the first attempt


class _Remembered(Draws):
    """Draws that are asked again for the same parcels."""

    def __init__(self, draws: Draws) -> None:
        super().__init__(draws.seed)
        self._found: dict[str, U64] = {}

    def of(self, stream: str, index: I64) -> U64:
        """Return the bits of a stream: those of the first index asked for."""
        if stream not in self._found:
            self._found[stream] = super().of(stream, index)
        return self._found[stream]


def expected_by(market: Market, block: Happenings, parcel: I64) -> I64:
    """Return by when parcels are expected: as promised, else as others on such a lane are promised."""
    at, day = (column[parcel] for column in parcel_promise(market, block))
    parcels = block.parcels
    distance = cities().kilometres[parcels.origin[parcel], parcels.destination[parcel]].astype(np.int64)
    usual = block.way.registered[parcel] // DAY * DAY + (3 + distance // 700) * DAY
    ends = np.where(day < NEVER, day, usual) + DAY
    return np.where(at < NEVER, at, ends)


def alternatives(market: Market, block: Happenings) -> Alternatives:
    """Return every courier's time and price for the parcels of a block; the part `couriers` must be on.

    The oracle takes the cheapest courier with a contract that brings nine in ten such parcels in time, and
    where there is none the one that brings nine in ten soonest.
    """
    network = market.network
    assert network is not None
    every = block.parcels
    parcel = np.flatnonzero(
        (every.purpose == SALE) & (every.destination < MAINLAND) & (every.fate != NOT_SHIPPED)
    )
    parcels = every.of(parcel)
    draws = _Remembered(market.draws)
    of_city = provinces().of_city
    origin, destination = of_city[parcels.origin], of_city[parcels.destination]
    count, number = len(COURIERS), len(parcel)
    price = np.empty((count, number), np.int64)
    times = np.empty((3, count, number), np.int64)
    quantiles = np.empty((len(LEVELS), count, number), np.int64)
    registered, can_go = registrations(market, parcels)
    for courier in range(count):
        with_it = replace(parcels, courier=np.full(number, courier))
        price[courier] = network.price(parcels.merchant, with_it.courier, origin, destination, parcels.weight)
        times[:, courier] = carried(market, with_it, draws, registered, can_go)
        wait, linehaul, pace = expected_ways(market, with_it, registered, times[0, courier])
        leaves = times[0, courier] + wait
        quantiles[:, courier] = wait + grid().quantiles(leaves % DAY, linehaul, pace)
    has = network.has_contract(parcels.merchant).T
    by = expected_by(market, block, parcel)
    likely = times[0] + quantiles[LEVELS.index(90)]
    dear = np.int64(1 << 40)
    in_time = has & (likely <= by)
    cost = np.where(in_time, price, np.where(has, dear + likely // HOUR, 2 * dear + likely // HOUR))
    return Alternatives(
        parcel=parcel,
        oracle=np.argmin(cost, axis=0),
        promised=by,
        has_contract=has,
        propensity=propensities(market, network, situations(market, parcels)).T,
        price=price,
        picked_up=times[0],
        first_attempt=times[1],
        handed_over=times[2],
        quantiles=quantiles,
    )
