"""Consumers, merchants and products in the shape of the raw contract."""

from collections.abc import Iterator

import numpy as np

from simulator.contract import columns as c
from simulator.contract import names
from simulator.contract.orders import Table, place
from simulator.life.demand import BLOCK
from simulator.world import consumers
from simulator.world.categories import BRANDS, CATEGORIES
from simulator.world.days import DAY
from simulator.world.draws import I64
from simulator.world.market import Market
from simulator.world.pickup_points import KINDS, PER_CITY, PickupPoints
from simulator.world.platforms import PLATFORMS
from simulator.world.shops import PRODUCTS


def accounts(market: Market, first_day: int, last_day: int) -> Iterator[Table]:
    """Yield the accounts that joined in these days (first included, last excluded), in blocks."""
    waiting: list[tuple[I64, I64]] = []
    for joined in consumers.joined_between(market.people, first_day, last_day):
        waiting.append(joined)
        if sum(len(account) for account, _ in waiting) >= BLOCK:
            yield _accounts(market, waiting)
            waiting = []
    if waiting:
        yield _accounts(market, waiting)


def _accounts(market: Market, joined: list[tuple[I64, I64]]) -> Table:
    account, on = (np.concatenate(part) for part in zip(*joined, strict=True))
    return {
        "platform_id": c.words(consumers.platform_of(account), PLATFORMS),
        "consumer_code": c.texts(names.account_codes(market, account)),
        "account_code": c.nothing(len(account)),
        **place("", consumers.home(market.draws, account, is_trading="abroad" in market.parts)),
        "updated_at": c.times((market.story.first + on) * DAY),
    }


def merchants(market: Market) -> Iterator[Table]:
    """Yield the merchants, in blocks."""
    for at in range(0, market.shops.count, BLOCK):
        merchant = np.arange(at, min(at + BLOCK, market.shops.count), dtype=np.int64)
        code = names.merchant_codes(merchant)
        yield {
            "platform_id": c.words(market.shops.platform(merchant), PLATFORMS),
            "merchant_code": c.texts(code),
            "merchant_name": c.texts(c.beside(c.spelled(["Shop "], np.zeros_like(merchant)), code)),
            **place("", market.shops.city[merchant]),
            "updated_at": c.times(np.full(len(merchant), market.story.first * DAY)),
        }


def products(market: Market) -> Iterator[Table]:
    """Yield the products, in blocks."""
    count = market.shops.count * PRODUCTS
    for at in range(0, count, BLOCK):
        product = np.arange(at, min(at + BLOCK, count), dtype=np.int64)
        merchant, brand = product // PRODUCTS, market.shops.brand[product]
        yield {
            "platform_id": c.words(market.shops.platform(merchant), PLATFORMS),
            "product_code": c.texts(names.product_codes(product)),
            "merchant_code": c.texts(names.merchant_codes(merchant)),
            "category_code": c.words(market.shops.category[product], CATEGORIES),
            "brand_name": c.words(brand, BRANDS, brand > 0),
            "weight_grams": c.counts(market.shops.weight[product].astype(np.int64)),
            "updated_at": c.times(np.full(len(product), market.story.first * DAY)),
        }


def pickup_points(market: Market, points: PickupPoints) -> Iterator[Table]:
    """Yield the pickup points, in blocks."""
    for at in range(0, points.count, BLOCK):
        point = np.arange(at, min(at + BLOCK, points.count), dtype=np.int64)
        yield {
            "pickup_point_code": c.texts(names.point_codes(point)),
            "kind_code": c.words(points.kind[point], KINDS),
            "capacity_count": c.counts(points.capacity[point]),
            **place("", point // PER_CITY),
            "updated_at": c.times(np.full(len(point), market.story.first * DAY)),
        }
