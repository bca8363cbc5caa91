"""Rate cards: courier × origin → destination province: a base price to so many kilograms, then each further.

Calibrated to price lists of economy couriers to small shops in central China, 2020–2021, and to those of one
premium courier by zone: ¥3 up to 3 kg and ¥1.5 for each further one to most provinces, ¥16 and ¥4 to
Xinjiang. How couriers differ from each other and from lane to lane is an assumption.
"""

from dataclasses import dataclass

import numpy as np

from simulator.world.couriers import COURIERS
from simulator.world.draws import I64, Draws, chance
from simulator.world.durations import around
from simulator.world.provinces import provinces

#: By price class: kilograms in the base price, base price and price of a further kilogram in fen.
_ECONOMY = (
    (3, 300, 150), (3, 350, 155), (3, 350, 310), (1, 500, 480), (1, 600, 500), (1, 700, 500), (1, 800, 600),
    (1, 900, 700), (1, 1600, 400),
)  # fmt: skip
#: The same of a premium courier, by zone of distance (zones end at so many kilometres).
_PREMIUM_ZONES = (500, 1200, 2200)
_PREMIUM = ((1, 1000, 250), (1, 1100, 300), (1, 1100, 400), (1, 1400, 800))
#: Permille of the economy or premium card: base, further kilogram. Assumptions.
_LEVELS = {
    "zto": (1020, 1000), "yunda": (980, 980), "yto": (1000, 1000), "best": (950, 960), "sto": (960, 950),
    "ttk": (930, 940), "sf": (1000, 1000), "ems": (640, 800), "jd": (700, 650), "deppon": (900, 260),
}  # fmt: skip
#: Share of the lanes on which the price follows the pace, and the stream that draws the pace.
BY_PACE, PACE = 0.7, "lane pace"
PREMIUM = ("sf", "ems", "jd", "deppon")


@dataclass(frozen=True)
class RateCards:
    """List prices within China: courier × origin province × destination province."""

    base_kilograms: I64
    base: I64  # fen
    further: I64  # fen for each further begun kilogram

    def price(
        self, courier: I64, origin: I64, destination: I64, weight: I64, permille: I64 | int = 1000
    ) -> I64:
        """Return prices, fen, of parcels of so many grams between provinces: so much of each list price."""
        kilograms = np.maximum(1, (weight + 999) // 1000)
        lane = self.lane(courier, origin, destination)
        beyond = np.maximum(0, kilograms - self.base_kilograms.ravel()[lane])
        base, further = (prices.ravel()[lane] * permille // 1000 for prices in (self.base, self.further))
        total: I64 = base + further * beyond
        return total

    def lane(self, courier: I64, origin: I64, destination: I64) -> I64:
        """Return the place of each courier's lane in the tables."""
        count = self.base.shape[1]
        place: I64 = (courier * count + origin) * count + destination
        return place


def rate_cards(draws: Draws) -> RateCards:
    """Return the list prices of a market: whole tenths of a yuan."""
    places = provinces()
    count = places.count
    shape = (len(COURIERS), count, count)
    remotest = np.maximum(places.price_class[:, None], places.price_class[None, :])
    zone = np.searchsorted(np.array(_PREMIUM_ZONES), places.kilometres, side="right")
    cards = np.empty((3, *shape), np.int64)
    for courier, name in enumerate(COURIERS):
        table, row = (_PREMIUM, zone) if name in PREMIUM else (_ECONOMY, remotest)
        for column in range(3):
            cards[column, courier] = np.array(table)[row, column]
    lane = np.arange(cards[0].size, dtype=np.int64).reshape(shape)
    base_level, further_level = (
        np.array([_LEVELS[name][which] for name in COURIERS])[:, None, None] for which in (0, 1)
    )
    base = cards[1] * base_level // 1000
    # Where a courier is slow it is mostly cheap: the draw of its pace, turned around.
    bits = draws.of("card base", lane.ravel())
    bits = np.where(
        chance(draws.of("card by pace", lane.ravel()), BY_PACE), ~draws.of(PACE, lane.ravel()), bits
    )
    base = around(bits, base.ravel(), "0.13").reshape(shape)
    further = cards[2] * further_level // 1000
    further = around(draws.of("card further", lane.ravel()), further.ravel(), "0.1").reshape(shape)
    return RateCards(
        base_kilograms=cards[0],
        base=np.maximum(200, (base + 5) // 10 * 10),
        further=np.maximum(20, (further + 5) // 10 * 10),
    )
