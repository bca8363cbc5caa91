"""After the door: receipt confirmed, goods sent back, money given back, orders closed."""

from dataclasses import dataclass

import numpy as np

from simulator.life.baskets import Baskets
from simulator.life.checkout import Checkout
from simulator.life.demand import Demand
from simulator.life.journeys import Journeys
from simulator.life.parcels import (
    LOST,
    NORMAL,
    NOT_SHIPPED,
    REFUSED,
    REPLACEMENT,
    RETURN,
    STOPPED,
    Parcels,
    others,
)
from simulator.life.scan_kinds import Scan
from simulator.world.days import DAY, HOUR, NEVER
from simulator.world.draws import I64, again, below, chance
from simulator.world.durations import around
from simulator.world.market import Market
from simulator.world.platforms import SHOPIFY

#: Assumptions: of delivered orders, goods sent back, a part of the money given back, sent once more;
#: receipt confirmed by the consumer (the rest by the platform's time-out after ten days).
SENT_BACK, PART_REFUNDED, SENT_AGAIN, CONFIRMS = 0.034, 0.012, 0.003, 0.62
TIME_OUT = 10 * DAY


@dataclass(frozen=True)
class Aftermath:
    """Per order; NEVER where it does not happen."""

    consigned: I64  # last declaration of shipping among its parcels
    first_consigned: I64
    paid_at: I64  # with cash on delivery
    received_at: I64
    cancelled_at: I64
    refunded_at: I64
    refund_amount: I64
    refund_line: I64  # 0 = the order


def per_order(sold: Parcels, values: I64, orders: int) -> I64:
    """Return parcel values as (parcel of the order × order), −1 where an order has no such parcel."""
    table = np.full((2, orders), -1, np.int64)
    table[sold.slot, sold.order] = values
    shared = np.flatnonzero(sold.orders == 2)
    table[0, sold.order[shared] + 1] = values[shared]
    return table


def second_parcels(market: Market, sold: Parcels, way: Journeys) -> tuple[Parcels, Parcels]:
    """Return the parcels that come back after delivery, and those sent once more."""
    delivered = way.scans[Scan.DELIVERED]
    simple = (delivered < NEVER) & (sold.slot == 0) & (sold.orders == 1)
    simple &= market.shops.platform(sold.merchant) != SHOPIFY
    bits = market.draws.of("sent back", sold.key)
    back = np.flatnonzero(simple & chance(bits, SENT_BACK))
    more = np.flatnonzero(simple & ~chance(bits, SENT_BACK) & chance(again(bits), SENT_AGAIN))
    wait = market.draws.of("second thoughts", sold.key)
    start = delivered + 4 * HOUR + below(wait, 4 * DAY)
    return others(market, sold, back, RETURN, start[back]), others(
        market, sold, more, REPLACEMENT, start[more]
    )


def aftermath(
    market: Market,
    orders: Demand,
    goods: Baskets,
    paid: Checkout,
    sold: Parcels,
    way: Journeys,
    back: Parcels,
    back_way: Journeys,
) -> Aftermath:
    """Return how each order ends."""
    draws, count = market.draws, len(orders.index)
    scans = way.scans
    consigned = per_order(sold, scans[Scan.CONSIGNED], count)
    delivered = per_order(sold, scans[Scan.DELIVERED], count).max(axis=0)
    fate = per_order(sold, np.where(way.is_unclaimed, REFUSED, sold.fate), count)[0]
    has_parcel = consigned[0] >= 0
    delivered = np.where(has_parcel, delivered, NEVER)
    paid_at = np.where(paid.is_cash, delivered, paid.paid_at)

    end = per_order(sold, scans[Scan.RETURNED] + HOUR, count)[0]
    given_up = per_order(sold, scans[Scan.LOST] + DAY, count)[0]
    void = np.where(
        scans[Scan.CANCELLED] < NEVER, scans[Scan.CANCELLED] + HOUR, scans[Scan.CONSIGNED] + 12 * DAY
    )
    fell_through = np.full(count, NEVER, np.int64)
    void = per_order(sold, void, count)[0]
    for kind, when in ((REFUSED, end), (STOPPED, end), (LOST, given_up), (NOT_SHIPPED, void)):
        fell_through = np.where(fate == kind, when, fell_through)
    cancelled_at = np.minimum(paid.closed_at, fell_through)

    # Money back in full: to whoever paid and got nothing.
    lag = 60 + below(draws.of("refund lag", orders.index), 3 * HOUR)
    refunded_at = np.where((cancelled_at < NEVER) & (paid.money_at < NEVER), cancelled_at + lag, NEVER)
    amount = np.where(refunded_at < NEVER, goods.paid_amount, 0)
    line = np.zeros(count, np.int64)

    # Money back for the first line, once it is back, or a part of it without return.
    given = goods.platform_discount + goods.partner_discount
    worth = np.minimum(goods.gmv[goods.first_line], goods.order_gmv - given)
    returned = back_way.scans[Scan.DELIVERED]
    refunded_at[back.order] = np.where(returned < NEVER, returned + 6 * HOUR, NEVER)
    amount[back.order] = worth[back.order]
    line[back.order] = 1
    bits = draws.of("part refund", orders.index)
    part = chance(bits, PART_REFUNDED) & (fate == NORMAL) & (delivered < NEVER) & (refunded_at == NEVER)
    part[back.order] = False
    refunded_at = np.where(part, delivered + HOUR + below(again(bits), 5 * DAY), refunded_at)
    amount = np.where(part, worth * (10 + below(draws.of("part", orders.index), 41)) // 100, amount)
    line = np.where(part, 1, line)

    happy = draws.of("confirms", orders.index)
    confirmed = delivered + np.where(
        chance(happy, CONFIRMS),
        HOUR + around(draws.of("confirm", orders.index), 28 * HOUR, "0.9"),
        TIME_OUT + below(again(happy), HOUR),
    )
    received_at = np.where(delivered < NEVER, confirmed, NEVER)
    # Goods on their way back are not confirmed any more.
    asked = np.full(count, NEVER, np.int64)
    asked[back.order] = back.start
    received_at = np.where(received_at < asked, received_at, NEVER)
    return Aftermath(
        consigned=np.where(has_parcel, consigned.max(axis=0), NEVER),
        first_consigned=np.where(has_parcel, np.where(consigned < 0, NEVER, consigned).min(axis=0), NEVER),
        paid_at=paid_at,
        received_at=received_at,
        cancelled_at=cancelled_at,
        refunded_at=refunded_at,
        refund_amount=amount,
        refund_line=line,
    )
