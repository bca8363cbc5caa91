"""Brands that rise for a reason from a day on, and new products whose early buyers are alike.

An injection adds a brand that takes consumers from a rival, so that it is known from whom and since when.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from simulator.world.categories import BRANDS, CATEGORIES
from simulator.world.days import DAY, day_number
from simulator.world.draws import I64, Draws, below
from simulator.world.injections import Injection
from simulator.world.platforms import PINDUODUO
from simulator.world.shops import PRODUCTS, Shops
from simulator.world.tastes import THEME

PRICE_CUT, BETTER_PRODUCT, LAUNCH = "price_cut", "better_product", "launch"
RIVAL, TAKER = "rival", "taker"
#: Share of the category's orders that go to the brand from then on; the cut, permille; of a launch: the
#: share of the orders of those who like it, and of others.
DRAWS_ORDERS, CUT, EAGER, OTHERS = 0.18, 820, 0.5, 0.01
#: Share of the orders in the category that go to the rival, then to the taker, of those who follow them.
FAITHFUL = 0.9


@dataclass(frozen=True)
class Cause:
    """What changed, from when (days since 1970), for which products, and for whom."""

    kind: str
    day: int
    end: int  # day after the last on which it draws orders
    category: int
    brand: int
    products: I64
    share: float
    price: int  # permille
    taste: int = -1  # of a launch: those who are eager
    band: int = -1
    followers: float = 0.0  # of a rival and its taker: the share of accounts that are theirs


def _brand(every: Shops, category: int, skip: int) -> int:
    """Return the brand with the most products of a category on Pinduoduo, after the first few."""
    mine = every.brand[(every.category == category) & (every.brand > 0)]
    counts = np.bincount(mine, minlength=len(BRANDS))
    return int(np.argsort(-counts, kind="stable")[skip])


def causes(draws: Draws, every: Shops, from_date: date, to_date: date) -> tuple[Cause, ...]:
    """Return what changes in a market: two brands rise, two products are new, spread over its days."""
    span = (to_date - from_date).days + 1
    made = []
    plan = (
        (PRICE_CUT, "mother_baby", 45, 1), (BETTER_PRODUCT, "beauty", 60, 1),
        (LAUNCH, "phones_digital", 35, 0), (LAUNCH, "food", 65, 0),
    )  # fmt: skip
    product = np.arange(len(every.category), dtype=np.int64)
    is_home = every.platform(product // PRODUCTS) <= PINDUODUO + 2
    for kind, name, per_cent, skip in plan:
        category = CATEGORIES.index(name)
        day = day_number(from_date + timedelta(days=span * per_cent // 100))
        brand = _brand(every, category, skip)
        of_brand = (every.category == category) & (every.brand == brand) & is_home
        if kind != LAUNCH:
            cut = CUT if kind == PRICE_CUT else 1000
            found = product[of_brand]
            made.append(Cause(kind, day, 1 << 30, category, brand, found, DRAWS_ORDERS, cut))
            continue
        # One new product on each platform, in a shop chosen at random.
        chosen = []
        for platform in range(3):
            mine = product[of_brand & (every.platform(product // PRODUCTS) == platform)]
            if len(mine):
                place = below(draws.of(f"launch {name}", np.array([platform], np.int64)), len(mine))
                chosen.append(int(mine[place[0]]))
        taste = int(THEME[category])
        new = np.array(chosen, np.int64)
        made.append(Cause(kind, day, day + 60, category, brand, new, EAGER, 1000, taste, 2))
    return tuple(made)


def taken(every: Shops, injections: tuple[Injection, ...], first_day: int) -> tuple[Cause, ...]:
    """Return what an injection of taken consumers does: some buy of the rival, from its day on of the brand.

    Raises:
        ValueError: one of the brands has nothing in the category on a home platform.
    """
    product = np.arange(len(every.category), dtype=np.int64)
    is_home = every.platform(product // PRODUCTS) <= PINDUODUO + 2
    made = []
    for each in injections:
        if each.kind != "taken_consumers":
            continue
        begun, ended = each.first // DAY, each.end // DAY
        spans = ((RIVAL, each.rival, first_day, begun), (TAKER, each.brand, begun, ended))
        for kind, brand, day, end in spans:
            found = product[(every.category == each.category) & (every.brand == brand) & is_home]
            if not len(found) or each.brand == each.rival:
                raise ValueError(f"{each.words}: it takes two brands that have products in the category.")
            made.append(
                Cause(kind, day, end, each.category, brand, found, FAITHFUL, 1000, followers=each.size)
            )
    return tuple(made)
