"""Merchants and their products. How many there are is bounded, so they are kept as tables."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.world import categories, couriers
from simulator.world.cities import cities
from simulator.world.draws import (
    I64,
    STEPS,
    Draws,
    again,
    below,
    chance,
    pick_row,
    skewed,
)
from simulator.world.durations import around
from simulator.world.platforms import PLATFORMS

PRODUCTS = 12
_CATEGORIES = len(categories.CATEGORIES)
#: Share of a merchant's parcels that go with its main courier, and with its second. Assumptions.
MAIN_COURIER, SECOND_COURIER = 0.62, 0.22
#: Merchants per platform whose couriers are balanced one by one.
_LARGE = 2_000


@dataclass(frozen=True)
class Shops:
    """Merchants as columns; a merchant is (platform × categories + category) × per cell + rank."""

    per_cell: int
    city: I64
    is_late: npt.NDArray[np.bool_]  # ships late more often than others
    couriers: npt.NDArray[np.uint8]  # merchant × (main, second)
    price: npt.NDArray[np.int32]  # product → fen; product = merchant × PRODUCTS + rank
    weight: npt.NDArray[np.int32]  # product → grams
    category: npt.NDArray[np.uint8]  # product → category
    brand: npt.NDArray[np.uint8]  # product → brand
    by_price: npt.NDArray[np.uint8]  # merchant × place → which of its products, cheapest first

    @property
    def count(self) -> int:
        """Return the number of merchants."""
        return len(self.city)

    def platform(self, merchant: I64) -> I64:
        """Return the platform of each merchant."""
        return merchant // (_CATEGORIES * self.per_cell)


def _spread(draws: Draws, stream: str, weight: npt.NDArray[np.float64], platform: I64) -> I64:
    """Return a courier for each merchant so that the couriers' shares hold, also among a few large ones.

    Largest first, each takes a courier in proportion to what the couriers still lack of their shares.
    """
    chosen = pick_row(draws.of(stream, np.arange(len(weight))), np.stack(couriers.TABLES), platform)
    parts = (draws.of(stream + " large", np.arange(len(weight))) >> np.uint64(32)).tolist()
    for which in range(len(PLATFORMS)):
        large = np.argsort(-np.where(platform == which, weight, 0.0), kind="stable")[:_LARGE]
        large = large[platform[large] == which]
        share = couriers.shares(which, couriers.JD_PARCELS)
        whole = 0.0
        for merchant in large.tolist():
            whole += weight[merchant]
        lacking = [whole * s / sum(share) for s in share]
        for merchant in large.tolist():
            wanted = [max(0.0, w) for w in lacking]
            mark, courier = sum(wanted) * parts[merchant] / 2**32, 0
            while courier < len(wanted) - 1 and mark >= wanted[courier]:
                mark -= wanted[courier]
                courier += 1
            lacking[courier] -= float(weight[merchant])
            chosen[merchant] = courier
    return chosen


def shops(draws: Draws, orders: int) -> Shops:
    """Return the merchants of a market of this size: one per 100 orders, 500 to 96,000 in all."""
    cells = len(PLATFORMS) * _CATEGORIES
    per_cell = max(10, min(2_000, orders // (100 * cells)))
    merchant = np.arange(cells * per_cell, dtype=np.int64)
    cell, rank = merchant // per_cell, merchant % per_cell
    platform, category = cell // _CATEGORIES, cell % _CATEGORIES
    # In order of size, so that the large merchants are spread evenly over cities and couriers.
    turn = rank * cells + (cell * 29) % cells
    even_city = draws.even("shop city", turn, STEPS[0])
    liked = np.array(categories.SHARES)[category] * (np.sqrt(rank + 1.0) - np.sqrt(rank * 1.0))

    product = np.arange(len(merchant) * PRODUCTS, dtype=np.int64)
    owner_category = np.repeat(category, PRODUCTS)
    side = draws.of("product category", product)
    kind = np.where(
        chance(side, 0.08), (owner_category + 1 + below(again(side), 3)) % _CATEGORIES, owner_category
    )
    price = around(draws.of("price", product), np.array(categories.PRICES)[kind], "0.45")
    branded = draws.of("brand", product)
    prices = np.maximum(290, price // 100 * 100 + 90).astype(np.int32)
    by_price = np.argsort(prices.reshape(-1, PRODUCTS), axis=1, kind="stable").astype(np.uint8)
    return Shops(
        per_cell=per_cell,
        city=cities().origins[(even_city >> np.uint64(51)).astype(np.int64)],
        is_late=chance(draws.of("shop late", merchant), 0.12),
        couriers=np.stack(
            [
                _spread(draws, "shop courier", liked, platform).astype(np.uint8),
                _spread(draws, "shop second courier", liked, platform).astype(np.uint8),
            ],
            axis=1,
        ),
        price=prices,
        by_price=by_price,
        weight=np.maximum(
            20, around(draws.of("weight", product), np.array(categories.WEIGHTS)[kind], "0.5") // 10 * 10
        ).astype(np.int32),
        category=kind.astype(np.uint8),
        brand=np.where(
            chance(branded, 0.35), 0, 1 + (kind * 5 + below(again(branded), 6)) % (len(categories.BRANDS) - 1)
        ).astype(np.uint8),
    )


def choose_category(draws: Draws, index: I64, is_high_tier: I64) -> I64:
    """Return the category of each order, by the kind of city."""
    return pick_row(draws.even("category", index, STEPS[2]), np.stack(categories.TABLES), is_high_tier)


def choose_merchant(draws: Draws, every: Shops, index: I64, platform: I64, category: I64) -> I64:
    """Return the merchant of each order in its category, the larger ones likelier."""
    return merchant_at(every, platform, category, choose_rank(draws, every, index))


def choose_rank(draws: Draws, every: Shops, index: I64) -> I64:
    """Return the place of a merchant in its category, the larger ones likelier."""
    return skewed(draws.even("merchant", index, STEPS[3]), every.per_cell, 2)


def merchant_at(every: Shops, platform: I64, category: I64, rank: I64) -> I64:
    """Return the merchant at this place of its platform's category."""
    return (platform * _CATEGORIES + category) * every.per_cell + rank


def choose_product(draws: Draws, stream: str, index: I64, merchant: I64) -> I64:
    """Return a product of each merchant, its best sellers likelier."""
    return merchant * PRODUCTS + skewed(draws.of(stream, index), PRODUCTS, 2)
