"""What is in an order: lines, units, amounts in fen, and which lines travel together."""

from dataclasses import dataclass

import numpy as np

from simulator.life.demand import Demand
from simulator.world import tastes
from simulator.world.causes import LAUNCH
from simulator.world.cities import cities
from simulator.world.draws import I64, Flags, again, below, chance, pick, pick_row, share_table
from simulator.world.durations import around
from simulator.world.market import Market
from simulator.world.platforms import JD, PINDUODUO, TAOBAO
from simulator.world.product_lives import EVERGREEN
from simulator.world.shops import PRODUCTS, choose_category, choose_merchant, choose_product

#: Share of orders with 1, 2, 3 and 4 lines. Assumptions; Pinduoduo had no shopping cart.
_LINES = np.stack(
    [
        share_table(list(shares))
        for shares in ((97.0, 3.0), (80.0, 13.0, 5.0, 2.0), (72.0, 17.0, 7.0, 4.0), (88.0, 9.0, 2.0, 1.0))
    ]
)
_UNITS = share_table([80.0, 14.0, 4.0, 2.0])
#: Of orders with several lines: last line sold by another merchant; else last line sent apart. Assumptions.
OTHER_MERCHANT, SENT_APART = 0.14, 0.15
#: Draws for a line's own choices stand beside those of the order.
_LINE_STEP = np.int64(8)
OTHER = np.int64(1 << 52)
#: Thousandths of each currency's unit for a yuan, near the mean of 2019: USD 6.9, GBP 8.8, EUR 7.7,
#: AUD 4.8, NOK 0.79.
CENTS = np.array([1000, 145, 113, 129, 600, 209, 1270], np.int64)
#: What sells abroad costs so many times the price at home. Assumption.
DEARER_ABROAD = 3
#: Part economics: orders on which a bank or a brand gives half a coupon. Assumption.
PARTNER = 0.03
#: Part abroad: share of products that are dear (machines, tools), and their price and that of the others
#: against it, permille, so that orders lie on both sides of every exemption. Assumptions.
DEAR, LEVELS = 0.15, (14_000, 900)


@dataclass(frozen=True)
class Baskets:
    """Order lines as columns (sorted by order), and the amounts of each order."""

    order: I64  # row of the order
    number: I64  # from 1
    parcel: I64  # 0 or 1: which of the order's parcels
    merchant: I64
    product: I64
    units: I64
    goods: I64
    merchant_discount: I64
    adjustment: I64
    gmv: I64  # of the line, with its part of the order's own discount

    line_count: I64
    has_two_parcels: Flags
    order_discount: I64  # of the merchant, on the order
    platform_discount: I64
    partner_discount: I64  # of a bank or a brand
    postage: I64
    platform_postage: I64
    order_gmv: I64
    paid_amount: I64
    first_line: I64  # row of the order's first line


def _sum(order: I64, values: I64, orders: int) -> I64:
    """Return the sum per order; exact, for amounts stay far below 2^53."""
    return np.bincount(order, weights=values, minlength=orders).astype(np.int64)


def _abroad(market: Market, product: I64, line: I64) -> I64:
    """Return permille of the usual price abroad: some products are dear, and each comes in variants."""
    if "abroad" not in market.parts:
        return np.full(len(product), 1000, np.int64)
    bits = market.draws.of("abroad", product)
    level = around(again(bits), np.where(chance(bits, DEAR), *LEVELS), "0.9")
    return around(market.draws.of("variant", line), level, "0.25")


def _price(market: Market, product: I64, currency: I64, day: I64, line: I64) -> I64:
    """Return prices in cents of the order's currency, whole tenths; abroad things cost a multiple."""
    price = market.shops.price[product].astype(np.int64)
    level = np.full(len(product), 1000, np.int64)
    for cause in market.causes:
        cut = np.isin(product, cause.products) & (market.story.first + day >= cause.day)
        level = np.where(cut, level * cause.price // 1000, level)
    if market.lives is not None:
        level = level * market.lives.price_level(product, day) // 1000
    price = np.where(level == 1000, price, np.maximum(100, price * level // 10_000 * 10))
    usual = price * DEARER_ABROAD * _abroad(market, product, line) // 1000
    abroad = np.maximum(190, usual * CENTS[currency] // 10_000 * 10)
    return np.where(currency > 0, abroad, price)


def _liked(market: Market, orders: Demand, order: I64, line: I64, merchant: I64, product: I64) -> I64:
    """Return products of the consumers' price bands, where they choose by them."""
    third = tastes.by_band(market.draws, line, orders.account[order])
    place = np.maximum(third, 0) * (PRODUCTS // 3) + tastes.within(market.draws, line, PRODUCTS // 3)
    liked = merchant * PRODUCTS + market.shops.by_price[merchant, place]
    return np.where(third >= 0, liked, product)


def _won(market: Market, orders: Demand) -> Flags:
    """Return the orders that carry the subsidy by which their account was won."""
    new = orders.day - tastes.joined_on(market.people, orders.account) < tastes.BAIT_DAYS
    bits = market.draws.of("won by", orders.index)
    return np.asarray(new & tastes.is_bait(market.draws, orders.account) & chance(bits, tastes.BAIT_SUBSIDY))


def _there(market: Market, day: I64, line: I64, merchant: I64, product: I64) -> I64:
    """Return the products, or one that is always there, where it is not or too dear."""
    assert market.lives is not None
    taken = market.lives.taken(line, product, day)
    instead = merchant * PRODUCTS + below(market.draws.of("instead", line), EVERGREEN)
    return np.where(taken == 1, product, instead)


def baskets(market: Market, orders: Demand) -> Baskets:
    """Return what is in each order."""
    draws, count = market.draws, len(orders.index)
    lines = 1 + pick_row(draws.of("lines", orders.index), _LINES, orders.platform)
    first = np.cumsum(lines) - lines
    order = np.repeat(np.arange(count, dtype=np.int64), lines)
    number = np.arange(len(order), dtype=np.int64) - first[order]
    is_last = (number == lines[order] - 1) & (number > 0)

    apart = draws.of("two parcels", orders.index)
    other_merchant = (lines > 1) & chance(apart, OTHER_MERCHANT)
    has_two = other_merchant | ((lines > 1) & chance(again(apart), SENT_APART))
    is_high = (orders.tier < 3).astype(np.int64)
    other = np.flatnonzero(other_merchant)
    merchant = orders.merchant[order]
    stranger = orders.identity[other] | OTHER
    kind = choose_category(draws, stranger, is_high[other])
    strangers = choose_merchant(draws, market.shops, stranger, orders.platform[other], kind)
    merchant[first[other] + lines[other] - 1] = strangers

    # A consumer's follow-up order draws its own product, at the same merchant.
    line = orders.index[order] * _LINE_STEP + number
    product = choose_product(draws, "product", line, merchant)
    if "consumers" in market.parts:
        product = _liked(market, orders, order, line, merchant, product)
    if market.lives is not None:
        product = _there(market, orders.day[order], line, merchant, product)
    # What goes with it: a second line is often the product next to the first.
    beside = merchant * PRODUCTS + (product[first][order] % PRODUCTS + number) % PRODUCTS
    pairs = (number > 0) & (merchant == merchant[first][order])
    product = np.where(pairs & chance(draws.of("beside", line), 0.6), beside, product)
    named = orders.product[order]
    product = np.where((number == 0) & (named >= 0), named, product)
    for cause in market.causes:
        early = market.story.first + orders.day[order] < cause.day
        new = np.isin(product, cause.products) & early & (cause.kind == LAUNCH)
        product = np.where(new, merchant * PRODUCTS + (product % PRODUCTS + 1) % EVERGREEN, product)

    bits = draws.of("units", line)
    units = 1 + pick(bits, _UNITS)
    currency = cities().currency[orders.city][order]
    goods = _price(market, product, currency, orders.day[order], line) * units
    discount = np.where(chance(again(bits), 0.22), goods // 10, 0)
    bargain = draws.of("bargain", line)
    adjustment = np.where((orders.platform[order] == TAOBAO) & chance(bargain, 0.015), -100, 0).astype(
        np.int64
    )
    coupon = chance(draws.of("coupon", orders.index), 0.06)
    # Prices are whole tenths of a yuan, so a tenth of any line is whole fen: no rounding rule is needed.
    gmv = goods - discount + adjustment - np.where(coupon[order], goods // 10, 0)

    order_gmv = _sum(order, gmv, count)
    subsidy = draws.of("subsidy", orders.index)
    rate = np.where(orders.platform == PINDUODUO, 500, 1000)
    subsidised = chance(subsidy, 0.13)
    if "consumers" in market.parts:
        subsidised |= _won(market, orders)
    platform_discount = np.where(subsidised & (order_gmv > 6 * rate), rate, 0)
    partner_discount = np.zeros(count, np.int64)
    if "economics" in market.parts:
        paid_by_bank = chance(draws.of("partner", orders.index), PARTNER) & (order_gmv > 10 * rate)
        partner_discount = np.where(paid_by_bank, rate // 2, 0)
    post = draws.of("postage", orders.index)
    postage = np.where(chance(post, 0.07), 600 + 100 * below(again(post), 7), 0)
    borne = chance(again(subsidy), 0.10) & (orders.platform == JD) & (postage == 0)
    return Baskets(
        order=order,
        number=number + 1,
        parcel=(is_last & has_two[order]).astype(np.int64),
        merchant=merchant,
        product=product,
        units=units,
        goods=goods,
        merchant_discount=discount,
        adjustment=adjustment,
        gmv=gmv,
        line_count=lines,
        has_two_parcels=has_two,
        order_discount=np.where(coupon, _sum(order, goods // 10, count), 0),
        platform_discount=platform_discount,
        partner_discount=partner_discount,
        postage=postage,
        platform_postage=np.where(borne, 600, 0),
        order_gmv=order_gmv,
        paid_amount=order_gmv - platform_discount - partner_discount + postage,
        first_line=first,
    )
