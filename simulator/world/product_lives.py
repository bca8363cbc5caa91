"""The part ``products``: launch, rise and decline of products, prices that move, and what prices change."""

from dataclasses import dataclass

import numpy as np

from simulator.world.draws import I64, Draws, below, chance
from simulator.world.shops import PRODUCTS, Shops

#: Of each shop's products, the first ones are always there; of the others this share is launched during the
#: market. They rise for a month, stay, and decline: days, from and to. Assumptions.
EVERGREEN, LAUNCHED, RISE, STAYS, DECLINE = 4, 0.45, 30, (60, 240), 90
#: Weeks of promotion: their share, the price then, permille; prices drift by month within so many permille.
PROMOTED, PROMOTION, DRIFT = 0.08, 850, 60
#: What a price 1% lower does to how often a product is taken where it stands to choice, per cent.
ELASTICITY = 1.8


@dataclass(frozen=True)
class ProductLives:
    """Products as columns; days are counted from the market's first."""

    draws: Draws
    first: int  # days since 1970 of day 0
    launched: I64  # −1 = before the market
    declines: I64

    def appeal(self, product: I64, day: I64) -> I64:
        """Return how far each product is in its life on a day, permille: 0 = not there."""
        since = day - self.launched[product]
        rise = np.clip(1000 * since // RISE, 0, 1000)
        after = np.clip(1000 - 1000 * (day - self.declines[product]) // DECLINE, 50, 1000)
        whole = np.where(self.launched[product] < 0, 1000, rise)
        evergreen = product % PRODUCTS < EVERGREEN
        return np.where(evergreen, 1000, np.minimum(whole, after))

    def price_level(self, product: I64, day: I64) -> I64:
        """Return each product's price on a day against its usual one, permille."""
        month = product * 64 + day // 30
        drift = 1000 - DRIFT + below(self.draws.of("price drift", month), 2 * DRIFT + 1)
        week = product * 256 + day // 7
        promoted = chance(self.draws.of("promotion", week), PROMOTED)
        return np.where(promoted, drift * PROMOTION // 1000, drift)

    def taken(self, index: I64, product: I64, day: I64) -> I64:
        """Return whether a product that stands to choice is taken, by its life and its price (0 or 1)."""
        level = self.price_level(product, day)
        # Linear around the usual price, so that machines agree: 1% cheaper, ELASTICITY% likelier.
        by_price = np.clip(1000 + ((1000 - level) * int(ELASTICITY * 100) // 100), 300, 1600)
        bound = self.appeal(product, day) * by_price // 1600
        taken: I64 = (below(self.draws.of("taken", index), 1000) < bound).astype(np.int64)
        return taken


def product_lives(draws: Draws, every: Shops, first: int, days: int) -> ProductLives:
    """Return the lives of a market's products."""
    product = np.arange(len(every.category), dtype=np.int64)
    new = chance(draws.of("launched", product), LAUNCHED)
    launched = np.where(new, below(draws.of("launch day", product), max(1, days)), -1)
    low, high = STAYS
    stays = low + below(draws.of("stays", product), high - low)
    begins = np.where(new, launched, -below(draws.of("older", product), 240))
    return ProductLives(draws, first, launched, begins + RISE + stays)
