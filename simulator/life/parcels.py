"""Which parcels an order travels in: who carries them, from where, how heavy, at what price."""

from dataclasses import dataclass

import numpy as np

from simulator.life.baskets import Baskets
from simulator.life.billing import billed
from simulator.life.checkout import Checkout
from simulator.life.choice import Situation, choose, situation
from simulator.life.demand import Demand
from simulator.world import couriers
from simulator.world.cities import MAINLAND
from simulator.world.draws import I64, Flags, again, below, chance, pick_row
from simulator.world.market import Market
from simulator.world.shops import MAIN_COURIER, SECOND_COURIER

SALE, RETURN, REPLACEMENT = 0, 1, 2
PURPOSES = ("sale", "return", "replacement")
#: The last: customs did not let it in (part abroad).
NORMAL, REFUSED, LOST, NOT_SHIPPED, STOPPED = range(5)

#: What may go wrong with a parcel that is its order's only one. Assumptions.
REFUSED_SHARE, LOST_SHARE, NOT_SHIPPED_SHARE = 0.009, 0.0006, 0.005

#: Parcel numbers: order index × 8 + 0 or 1 for sales, 4 for a return, 5 for a replacement.
STEP = np.int64(8)

#: Days after which a number may be used again (EasyPost: carriers recycle them, kept apart for 3 months).
RECYCLED_AFTER = 150

_TABLES = np.stack(couriers.TABLES)


@dataclass(frozen=True)
class Parcels:
    """Parcels of a block as columns."""

    key: I64  # unique in the market
    number: I64  # the key whose number it travels under; another's where numbers are used again
    order: I64  # row of its (first) order
    slot: I64  # which of the order's parcels
    orders: I64  # how many orders: 2 = this one and the next row's
    purpose: I64
    fate: I64
    merchant: I64
    account: I64  # who ordered
    is_alone: Flags  # its order's only one
    origin: I64
    destination: I64
    courier: I64
    weight: I64  # grams
    freight: I64  # cents of the order's currency
    declared: I64  # value for customs, the same; 0 within China
    start: I64  # when the work on it begins

    def of(self, rows: I64) -> "Parcels":
        """Return some of the parcels."""
        return Parcels(**{name: column[rows] for name, column in vars(self).items()})


def merged(orders: Demand, goods: Baskets, paid: Checkout) -> Flags:
    """Return the orders that travel in the parcel of the order before them."""
    single = paid.ships & ~goods.has_two_parcels & ~paid.is_cash
    together = orders.is_companion & single
    together[1:] &= single[:-1]
    return together


def _courier(market: Market, key: I64, merchant: I64) -> I64:
    bits = market.draws.of("courier", key)
    own = market.shops.couriers[merchant].astype(np.int64)
    any_ = pick_row(again(bits), _TABLES, market.shops.platform(merchant))
    choice = np.where(chance(bits, MAIN_COURIER + SECOND_COURIER), own[:, 1], any_)
    return np.where(chance(bits, MAIN_COURIER), own[:, 0], choice)


def situations(market: Market, sold: Parcels) -> Situation:
    """Return the situations of the parcels sold within China."""
    home = sold.of(np.flatnonzero((sold.destination < MAINLAND) & (sold.purpose == SALE)))
    return situation(
        market, home.key, home.key // STEP, home.merchant, (home.origin, home.destination), home.weight
    )


def _recycled(market: Market, orders: Demand, order: I64, key: I64, courier: I64) -> tuple[I64, I64]:
    """Return numbers and couriers where a share of numbers is used again after some months.

    An order's parcel may take the number of one placed `RECYCLED_AFTER` days before; both then travel with
    the same courier, which follows from the earlier order alone.
    """
    if market.recycled == 0.0:
        return key, courier
    index, day = orders.index[order], orders.day[order]
    before = np.maximum(day - RECYCLED_AFTER, 0)
    earlier = market.starts[before] + index - market.starts[day]
    exists = (day >= RECYCLED_AFTER) & (earlier < market.starts[before + 1])
    first = key % STEP == 0

    def gives(indices: I64) -> Flags:
        return chance(market.draws.of("recycled", indices), market.recycled)

    def carrier(indices: I64) -> I64:
        return below(market.draws.of("recycled by", indices), 5)

    takes = first & exists & gives(earlier)
    courier = np.where(first & gives(index), carrier(index), courier)
    return np.where(takes, earlier * STEP, key), np.where(takes, carrier(earlier), courier)


def sales(market: Market, orders: Demand, goods: Baskets, paid: Checkout) -> Parcels:
    """Return the parcels that carry what was sold: first all first parcels, then all second ones."""
    joins = merged(orders, goods, paid)
    first = np.flatnonzero(paid.ships & ~joins)
    second = np.flatnonzero(paid.ships & goods.has_two_parcels)
    order = np.concatenate([first, second])
    slot = np.concatenate([np.zeros_like(first), np.ones_like(second)])
    carries_next = np.zeros(len(order), np.int64)
    carries_next[: len(first)] = np.append(joins[1:], False)[first]

    key = orders.index[order] * STEP + slot
    last_line = goods.first_line + goods.line_count - 1
    merchant = np.where(slot == 1, goods.merchant[last_line[order]], orders.merchant[order])
    per_line = market.shops.weight[goods.product].astype(np.int64) * goods.units
    of_parcel = np.zeros((2, len(orders.index)), np.int64)
    for which in (0, 1):
        mine = goods.parcel == which
        of_parcel[which] = np.bincount(
            goods.order[mine], weights=per_line[mine], minlength=len(orders.index)
        ).astype(np.int64)
    next_order = np.minimum(order + 1, len(orders.index) - 1)
    weight = 80 + of_parcel[slot, order] + carries_next * of_parcel[0, next_order]
    start = np.maximum(paid.clock_at[order], np.where(carries_next == 1, paid.clock_at[next_order], 0))

    bits = market.draws.of("fate", key)
    alone = ~goods.has_two_parcels[order]
    fate = np.where(chance(bits, REFUSED_SHARE), REFUSED, NORMAL)
    fate = np.where(chance(again(bits), NOT_SHIPPED_SHARE), NOT_SHIPPED, fate)
    fate = np.where(chance(market.draws.of("lost", key), LOST_SHARE), LOST, fate)
    # An order in two parcels of one merchant has both with one courier.
    courier_key = np.where(goods.merchant[last_line[order]] == orders.merchant[order], key - slot, key)
    origin, destination = market.shops.city[merchant], orders.city[order]
    courier = _courier(market, courier_key, merchant)
    if market.network is not None:
        home = np.flatnonzero(destination < MAINLAND)
        parcels = situation(market, key, orders.index[order], merchant, (origin, destination), weight)
        courier[home] = choose(market, market.network, parcels.of(home))
    number, courier = _recycled(market, orders, order, key, courier)
    return Parcels(
        key=key,
        number=number,
        order=order,
        slot=slot,
        orders=1 + carries_next,
        purpose=np.full(len(order), SALE),
        fate=np.where(alone, fate, NORMAL),
        merchant=merchant,
        account=orders.account[order],
        is_alone=alone & (carries_next == 0),
        origin=origin,
        destination=destination,
        courier=courier,
        weight=weight,
        freight=billed(market, key, merchant, courier, origin, destination, weight),
        declared=np.zeros(len(order), np.int64),
        start=start,
    )


def others(market: Market, sold: Parcels, which: I64, purpose: int, start: I64) -> Parcels:
    """Return the parcels that bring these back (a return) or send them once more (a replacement)."""
    key = sold.key[which] + (4 if purpose == RETURN else 5)
    courier = pick_row(market.draws.of("courier", key), _TABLES, market.shops.platform(sold.merchant[which]))
    origin, destination = sold.origin[which], sold.destination[which]
    if purpose == RETURN:
        origin, destination = destination, origin
    return Parcels(
        key=key,
        number=key,
        order=sold.order[which],
        slot=sold.slot[which],
        orders=np.ones(len(which), np.int64),
        purpose=np.full(len(which), purpose),
        fate=np.full(len(which), NORMAL),
        merchant=sold.merchant[which],
        account=sold.account[which],
        is_alone=np.ones(len(which), bool),
        origin=origin,
        destination=destination,
        courier=courier,
        weight=sold.weight[which],
        freight=billed(market, key, sold.merchant[which], courier, origin, destination, sold.weight[which]),
        declared=np.zeros(len(which), np.int64),
        start=start,
    )


def join(parts: list[Parcels]) -> Parcels:
    """Return all the parcels in one table."""
    return Parcels(
        **{name: np.concatenate([getattr(p, name) for p in parts]) for name in Parcels.__dataclass_fields__}
    )
