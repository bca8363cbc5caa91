"""What couriers bill: by their prices, and where they have cards (part cards) sometimes otherwise.

How many bills are wrong, and how, are assumptions.
"""

import numpy as np

from simulator.life.baskets import CENTS
from simulator.world import couriers
from simulator.world.cities import MAINLAND, cities
from simulator.world.draws import I64, Flags, again, below, chance
from simulator.world.market import Market
from simulator.world.provinces import provinces

#: Fen that a parcel abroad costs more. Assumption.
ABROAD = 2_500

#: Share of the bills that are wrong, and of ten such how many are so.
WRONG_SHARE = 0.02
RIGHT, TOO_HEAVY, SURCHARGE, TOO_LITTLE = range(4)
ERRORS = ("", "too_heavy", "surcharge", "too_little")
_OF_TEN = np.array([TOO_HEAVY] * 5 + [SURCHARGE] * 3 + [TOO_LITTLE] * 2, np.int64)
#: Grams by which a bill takes a parcel for heavier: more than any base price covers.
HEAVIER = 3000
#: Fen of a surcharge that no card knows, and of what is forgotten.
EXTRA, FORGOTTEN = 100, 30


def freight(courier: I64, origin: I64, destination: I64, weight: I64) -> I64:
    """Return what the merchant pays: by zone (distance) and each begun kilogram, abroad a charge on top."""
    zone = couriers.zone(cities().kilometres[origin, destination])
    further = np.maximum(0, (weight - 1) // 1000)
    fen = couriers.first_kilogram(courier, zone) + couriers.next_kilogram(courier, zone) * further
    currency = cities().currency[destination]
    return np.asarray(np.where(currency > 0, (fen + ABROAD) * CENTS[currency] // 1000, fen), np.int64)


def agreed(market: Market, merchant: I64, courier: I64, origin: I64, destination: I64, weight: I64) -> I64:
    """Return what should be billed: by the network's prices where couriers have them, within China."""
    usual = freight(courier, origin, destination, weight)
    if market.network is None:
        return usual
    of_city = provinces().of_city
    price = market.network.price(merchant, courier, of_city[origin], of_city[destination], weight)
    return np.where(_is_home(origin, destination), price, usual)


def errors(market: Market, key: I64, courier: I64, origin: I64, destination: I64) -> I64:
    """Return how the bills of these parcels are wrong, of couriers with cards and within China."""
    if "cards" not in market.parts:
        return np.full(len(key), RIGHT)
    bits = market.draws.of("billing", key)
    has_card = np.isin(courier, couriers.CARDED) & _is_home(origin, destination)
    return np.where(chance(bits, WRONG_SHARE) & has_card, _OF_TEN[below(again(bits), len(_OF_TEN))], RIGHT)


def billed(
    market: Market, key: I64, merchant: I64, courier: I64, origin: I64, destination: I64, weight: I64
) -> I64:
    """Return what is billed."""
    right = agreed(market, merchant, courier, origin, destination, weight)
    error = errors(market, key, courier, origin, destination)
    heavier = agreed(market, merchant, courier, origin, destination, weight + HEAVIER)
    bill: I64 = np.choose(error, [right, heavier, right + EXTRA, right - FORGOTTEN])
    return bill


def _is_home(origin: I64, destination: I64) -> Flags:
    return np.maximum(origin, destination) < MAINLAND
