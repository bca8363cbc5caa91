"""Orders, lines, payments and refunds in the shape of the raw contract."""

import numpy as np
import pyarrow as pa

from simulator.contract import columns as c
from simulator.contract import names
from simulator.life.happenings import Happenings
from simulator.life.order_states import GROUP_STATUSES, STATUSES, OrderStates
from simulator.life.promises import order_promise, ship_hours
from simulator.world.cities import CURRENCIES, MAINLAND, PLAIN_CURRENCIES, PLAIN_PLACES, cities
from simulator.world.days import HOUR, NEVER
from simulator.world.draws import I64, Flags, chance
from simulator.world.market import Market
from simulator.world.platforms import CHANNELS, PLATFORMS

Table = dict[str, pa.Array]

#: Share of payments made in two parts, the first of them 60%. Assumption.
IN_TWO_PARTS = 0.03


def place_words(city: I64, among: tuple[str, ...], is_valid: Flags | None = None) -> pa.Array:
    """Return what is called so of each city."""
    return c.words(city, among, is_valid, plain=PLAIN_PLACES)


def place(prefix: str, city: I64) -> Table:
    """Return the columns of a place; abroad it has a country and no code."""
    places, count = cities(), len(city)
    return {
        f"{prefix}country_code": place_words(city, places.country, city >= MAINLAND),
        f"{prefix}province_name": place_words(city, places.province),
        f"{prefix}city_name": place_words(city, places.name),
        f"{prefix}district_name": c.nothing(count),
        f"{prefix}city_code": place_words(city, places.adcode, city < MAINLAND),
    }


def currencies(city: I64) -> pa.Array:
    """Return the currency in which the orders of each city are priced."""
    return c.words(cities().currency[city], CURRENCIES, plain=PLAIN_CURRENCIES)


def economic_columns(block: Happenings, order: I64, is_paid: Flags) -> Table:
    """Return what these orders cost their merchant once paid, where the market tells of it."""
    if block.economics is None:
        return {}
    return {
        "partner_discount_amount": c.amounts(
            block.goods.partner_discount[order], block.goods.partner_discount[order] > 0
        ),
        "commission_amount": c.amounts(block.economics.commission[order], is_paid),
        "payment_fee_amount": c.amounts(block.economics.payment_fee[order], is_paid),
    }


def _referrer(market: Market, block: Happenings) -> Table:
    """Return who brought the consumer, where the market tells of it."""
    if block.referrers is None:
        return {}
    return {"referrer_code": names.referrer_codes(market, block.referrers)}


def state_columns(state: OrderStates, paid_amount: I64) -> Table:
    """Return what changes of orders, of those with such amounts."""
    return {
        "status_code": c.words(state.status, STATUSES),
        "group_status_code": c.words(
            np.maximum(state.group_status, 0), GROUP_STATUSES, state.group_status >= 0
        ),
        "paid_amount": c.amounts(paid_amount, state.paid_at < NEVER),
        "paid_at": c.times(state.paid_at),
        "received_at": c.times(state.received_at),
        "cancelled_at": c.times(state.cancelled_at),
        "updated_at": c.times(state.updated_at),
    }


def orders(market: Market, block: Happenings, number: c.Bytes) -> Table:
    """Return the orders as known at the end."""
    made, goods, count = block.orders, block.goods, len(block.orders.index)
    changing = state_columns(block.state, goods.paid_amount)
    none = np.zeros(count, bool)
    never = np.full(count, NEVER)
    return {
        "platform_id": c.words(made.platform, PLATFORMS),
        "order_number": c.texts(number),
        "consumer_code": c.texts(names.account_codes(market, made.account)),
        "channel_code": c.words(made.channel, CHANNELS),
        "status_code": changing["status_code"],
        "group_status_code": changing["group_status_code"],
        **place("destination_", made.city),
        "currency": currencies(made.city),
        "goods_amount": c.amounts(goods.postage, none),
        "merchant_discount_amount": c.amounts(goods.order_discount, goods.order_discount > 0),
        "platform_discount_amount": c.amounts(goods.platform_discount, goods.platform_discount > 0),
        "postage_amount": c.amounts(goods.postage),
        "adjustment_amount": c.amounts(goods.postage, none),
        "platform_postage_amount": c.amounts(goods.platform_postage, goods.platform_postage > 0),
        "paid_amount": changing["paid_amount"],
        "is_cash_on_delivery": c.flags(block.checkout.is_cash),
        "promised_delivery_date": c.dates(never),
        "placed_at": c.times(made.placed),
        "paid_at": changing["paid_at"],
        "picked_up_at": c.times(never),
        "delivered_at": c.times(never),
        "promised_delivery_at": c.times(order_promise(market, block)),
        "received_at": changing["received_at"],
        "cancelled_at": changing["cancelled_at"],
        "updated_at": changing["updated_at"],
        **_referrer(market, block),
        **economic_columns(block, np.arange(count), block.state.paid_at < NEVER),
    }


def line_promise(block: Happenings, order: I64, paid_at: I64) -> I64:
    """Return by when the lines of these orders, paid then, are promised to ship."""
    made = block.orders
    since = np.where(block.checkout.is_cash[order], made.placed[order], paid_at)
    hours = ship_hours(made.channel[order], made.platform[order])
    return np.where(since < NEVER, since + hours * HOUR, NEVER)


def order_lines(block: Happenings, number: c.Bytes) -> Table:
    """Return the lines of all orders."""
    made, goods = block.orders, block.goods
    order, count = goods.order, len(goods.order)
    none = np.zeros(count, bool)
    return {
        "platform_id": c.words(made.platform[order], PLATFORMS),
        "order_number": c.repeated(order, c.texts(number)),
        "order_line_number": c.words(goods.number - 1, ("1", "2", "3", "4")),
        "merchant_code": c.texts(names.merchant_codes(goods.merchant)),
        "product_code": c.texts(names.product_codes(goods.product)),
        "currency": currencies(made.city[order]),
        "unit_count": c.counts(goods.units),
        "goods_amount": c.amounts(goods.goods),
        "merchant_discount_amount": c.amounts(goods.merchant_discount, goods.merchant_discount > 0),
        "platform_discount_amount": c.amounts(goods.goods, none),
        "postage_amount": c.amounts(goods.goods, none),
        "adjustment_amount": c.amounts(goods.adjustment, goods.adjustment != 0),
        "promised_ship_at": c.times(line_promise(block, order, block.after.paid_at[order])),
        "updated_at": c.times(block.state.updated_at[order]),
        **({"cost_amount": c.amounts(block.economics.line_cost)} if block.economics else {}),
    }


def payments(market: Market, block: Happenings, number: c.Bytes) -> Table:
    """Return what was paid, also into groups that then failed."""
    at = np.where(block.checkout.is_cash, block.after.paid_at, block.checkout.money_at)
    first = np.flatnonzero(at < NEVER)
    parts = chance(market.draws.of("two payments", block.orders.index), IN_TWO_PARTS)
    second = first[parts[first]]
    order = np.concatenate([first, second])
    part = np.concatenate([np.zeros_like(first), np.ones_like(second)])
    whole = block.goods.paid_amount[order]
    early = np.where(parts[order], whole * 6 // 10, whole)
    cash = block.checkout.is_cash[order]
    method = np.where(cash, 2, block.orders.index[order] % 2)
    return {
        "platform_id": c.words(block.orders.platform[order], PLATFORMS),
        "order_number": c.repeated(order, c.texts(number)),
        "payment_number": c.words(part, ("1", "2")),
        "method_code": c.words(method, ("wallet", "card", "cash")),
        "currency": currencies(block.orders.city[order]),
        "amount": c.amounts(np.where(part == 0, early, whole - early)),
        "paid_at": c.times(at[order]),
        "updated_at": c.times(at[order]),
    }


def refunds(block: Happenings, number: c.Bytes) -> Table:
    """Return the money given back."""
    order = np.flatnonzero(block.after.refunded_at < NEVER)
    line = block.after.refund_line[order]
    return {
        "platform_id": c.words(block.orders.platform[order], PLATFORMS),
        "order_number": c.repeated(order, c.texts(number)),
        "refund_number": c.word("1", len(order)),
        "order_line_number": c.words(line, ("", "1"), line > 0),
        "currency": currencies(block.orders.city[order]),
        "amount": c.amounts(block.after.refund_amount[order]),
        "refunded_at": c.times(block.after.refunded_at[order]),
        "updated_at": c.times(block.after.refunded_at[order]),
    }
