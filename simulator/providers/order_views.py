"""Orders one by one, as the platforms' own formats need them: lines, parcels, amounts in fen."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from simulator.contract import names
from simulator.contract.columns import Bytes
from simulator.life.happenings import Happenings
from simulator.life.order_states import STATUSES
from simulator.life.parcels import SALE
from simulator.life.promises import ship_hours
from simulator.world.cities import CURRENCIES, cities
from simulator.world.couriers import COURIERS
from simulator.world.days import HOUR, NEVER
from simulator.world.market import Market


@dataclass(frozen=True)
class Line:
    """An order line; amounts in fen."""

    number: int
    product: int
    category: int
    units: int
    goods: int
    discount: int
    adjustment: int


@dataclass(frozen=True)
class Order:
    """An order; times in China seconds or None, amounts in fen."""

    number: str
    merchant: int
    account: str
    channel: int
    status: str
    group_status: int
    country: str
    currency: str
    province: str
    city: str
    adcode: str
    lines: list[Line]
    parcels: list[tuple[str, str]]  # (courier, waybill number)
    is_cash: bool
    placed_at: int
    paid_at: int | None
    consigned_at: int | None
    received_at: int | None
    cancelled_at: int | None
    updated_at: int
    ship_by: int | None
    discount: int
    platform_discount: int
    partner_discount: int
    postage: int
    paid_amount: int
    refunded: int


def _time(seconds: int) -> int | None:
    return seconds if seconds < NEVER else None


def _parcels(block: Happenings, waybill_number: Bytes) -> dict[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    parcels = block.parcels
    for row in np.flatnonzero(parcels.purpose == SALE).tolist():
        parcel = (COURIERS[int(parcels.courier[row])], bytes(waybill_number[row]).decode())
        order = int(parcels.order[row])
        for each in range(order, order + int(parcels.orders[row])):
            found[each].append(parcel)
    return found


def orders(
    market: Market, block: Happenings, platform: int, number: Bytes, waybill_number: Bytes
) -> Iterator[Order]:
    """Yield the orders of a platform. An order of several merchants is that of its first line's."""
    made, goods, after, places = block.orders, block.goods, block.after, cities()
    parcels = _parcels(block, waybill_number)
    account = names.account_codes(market, made.account)
    hours = ship_hours(made.channel, made.platform)
    for row in np.flatnonzero(made.platform == platform).tolist():
        first, count, city = int(goods.first_line[row]), int(goods.line_count[row]), int(made.city[row])
        paid_at = _time(int(after.paid_at[row]))
        yield Order(
            number=bytes(number[row]).decode(),
            merchant=int(made.merchant[row]),
            account=bytes(account[row]).decode(),
            channel=int(made.channel[row]),
            status=STATUSES[int(block.state.status[row])],
            group_status=int(block.state.group_status[row]),
            country=places.country[city],
            currency=CURRENCIES[int(places.currency[city])],
            province=places.province[city],
            city=places.name[city],
            adcode=places.adcode[city],
            lines=[
                Line(
                    number=int(goods.number[line]),
                    product=int(goods.product[line]),
                    category=int(market.shops.category[goods.product[line]]),
                    units=int(goods.units[line]),
                    goods=int(goods.goods[line]),
                    discount=int(goods.merchant_discount[line]),
                    adjustment=int(goods.adjustment[line]),
                )
                for line in range(first, first + count)
            ],
            # A platform knows the number once the merchant says that it ships.
            parcels=parcels[row] if after.first_consigned[row] < NEVER else [],
            is_cash=bool(block.checkout.is_cash[row]),
            placed_at=int(made.placed[row]),
            paid_at=paid_at,
            consigned_at=_time(int(after.first_consigned[row])),
            received_at=_time(int(after.received_at[row])),
            cancelled_at=_time(int(after.cancelled_at[row])),
            updated_at=int(block.state.updated_at[row]),
            ship_by=None if paid_at is None else paid_at + int(hours[row]) * HOUR,
            discount=int(goods.order_discount[row]),
            platform_discount=int(goods.platform_discount[row]),
            partner_discount=int(goods.partner_discount[row]),
            postage=int(goods.postage[row]),
            paid_amount=int(goods.paid_amount[row]),
            refunded=int(block.refunded[row]),
        )
