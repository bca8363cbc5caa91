"""Brands that rise for a reason from a day on, and new products whose early buyers are alike."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from simulator.world.categories import BRANDS, CATEGORIES
from simulator.world.days import day_number
from simulator.world.draws import I64, Draws, below
from simulator.world.platforms import PINDUODUO
from simulator.world.shops import PRODUCTS, Shops
from simulator.world.tastes import THEME

PRICE_CUT, BETTER_PRODUCT, LAUNCH = "price_cut", "better_product", "launch"
#: Share of the category's orders that go to the brand from then on; the cut, permille; of a launch: the
#: share of the orders of those who like it, and of others.
DRAWS_ORDERS, CUT, EAGER, OTHERS = 0.18, 820, 0.5, 0.01


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
