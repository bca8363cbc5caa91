"""Rate cards in the shape of the raw contract (part cards): lists, and what merchants with a contract pay.

In a market without the part couriers prices go by zones: a row names the cities of a zone as seen from one.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from simulator.contract import columns as c
from simulator.contract import names
from simulator.contract.orders import Table
from simulator.world import couriers
from simulator.world.cities import MAINLAND, cities
from simulator.world.couriers import CARDED, COURIERS, ZONE_EXTRA
from simulator.world.days import DAY
from simulator.world.draws import I64
from simulator.world.market import Market
from simulator.world.network import Network
from simulator.world.platforms import PLATFORMS
from simulator.world.provinces import provinces

#: Heavier parcels go by agreement: no card has a price for them.
HEAVIEST = 20_000


def rate_cards(market: Market) -> Iterator[Table]:
    """Yield the bands of the cards, in blocks."""
    if market.network is None:
        yield _zones(market)
        return
    yield _lanes(market, market.network)
    for courier in CARDED:
        yield _own(market, market.network, courier)


def _zones(market: Market) -> Table:
    places, zones = cities(), len(ZONE_EXTRA)
    zone = couriers.zone(places.kilometres[:MAINLAND, :MAINLAND])
    courier, origin, of = (
        part.ravel() for part in np.indices((len(CARDED), MAINLAND, zones), dtype=np.int64)
    )
    courier = np.array(CARDED)[courier]
    there = [np.flatnonzero(zone[city] == which) for city in range(MAINLAND) for which in range(zones)]
    there = there * len(CARDED)
    size = np.array([len(some) for some in there], np.int64)
    code = np.array(places.adcode[:MAINLAND])
    table = _bands(
        market,
        courier,
        couriers.first_kilogram(courier, of),
        couriers.next_kilogram(courier, of),
        np.full(len(of), 1000),
        pa.array(code[origin]),
        pa.array(code[np.concatenate(there)]),
        size,
    )
    return {name: column.filter(pa.array(size > 0)) for name, column in table.items()}


def _lanes(market: Market, network: Network) -> Table:
    count = provinces().count
    courier, origin, destination = (
        part.ravel() for part in np.indices((len(CARDED), count, count), dtype=np.int64)
    )
    return _priced(market, network, np.array(CARDED)[courier], origin, destination)


def _own(market: Market, network: Network, courier: int) -> Table:
    """Return what merchants with a contract pay from their province, and for what comes back to it."""
    count = provinces().count
    merchant = np.repeat(np.flatnonzero(network.discount[:, courier]), 2 * count - 1)
    home = provinces().of_city[market.shops.city[merchant]]
    turn = np.arange(len(merchant), dtype=np.int64) % (2 * count - 1)
    other = turn % count
    # The lane within the province once: the other way around, those before it keep their place.
    other = np.where((turn >= count) & (other >= home), other + 1, other)
    goes = turn < count
    origin, destination = np.where(goes, home, other), np.where(goes, other, home)
    return _priced(market, network, np.full(len(merchant), courier), origin, destination, merchant)


def _priced(
    market: Market,
    network: Network,
    courier: I64,
    origin: I64,
    destination: I64,
    merchant: I64 | None = None,
) -> Table:
    lane = network.cards.lane(courier, origin, destination)
    permille = 1000 if merchant is None else network.discount[merchant, courier]
    code = np.array([f"{digits}0000" for digits in provinces().code])
    return _bands(
        market,
        courier,
        network.cards.base.ravel()[lane] * permille // 1000,
        network.cards.further.ravel()[lane] * permille // 1000,
        network.cards.base_kilograms.ravel()[lane] * 1000,
        pa.array(code[origin]),
        pa.array(code[destination]),
        np.ones(len(lane), np.int64),
        merchant,
    )


def _bands(
    market: Market,
    courier: I64,
    base: I64,
    further: I64,
    base_grams: I64,
    origin: pa.Array,
    destinations: pa.Array,
    size: I64,
    merchant: I64 | None = None,
) -> Table:
    count = len(courier)
    platform = code = c.nothing(count)
    if merchant is not None:
        # A plain text, as in the blocks of the list prices.
        platform = c.words(market.shops.platform(merchant), PLATFORMS).dictionary_decode()
        code = c.texts(names.merchant_codes(merchant))
    return {
        "courier_code": c.words(courier, COURIERS),
        "platform_id": platform,
        "merchant_code": code,
        "origin_places": c.lists(np.ones(count, np.int64), origin),
        "destination_places": c.lists(size, destinations),
        "currency": c.word("CNY", count),
        "from_grams": c.counts(np.zeros(count, np.int64)),
        "to_grams": c.counts(np.full(count, HEAVIEST)),
        "base_grams": c.counts(base_grams),
        "base_amount": c.amounts(base),
        "further_kilogram_amount": c.amounts(further),
        "valid_from": c.dates(np.full(count, (market.story.first - 1) * DAY)),
        "valid_to": pa.nulls(count, pa.date32()),
        "updated_at": c.times(np.full(count, market.story.first * DAY)),
    }
