"""The mainland's provinces as numbers, and how far out of the way each lies for a parcel."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from simulator.world.cities import MAINLAND, cities
from simulator.world.draws import I64

NEAR, CAPITAL, NORTH_EAST, NORTH_WEST, QINGHAI, HAINAN, INNER_MONGOLIA, TIBET, XINJIANG = range(9)
#: Price class by the first two digits of the province's code; the others are near.
_CLASSES = {
    "11": CAPITAL, "31": CAPITAL, "21": NORTH_EAST, "22": NORTH_EAST, "23": NORTH_EAST, "62": NORTH_WEST,
    "64": NORTH_WEST, "63": QINGHAI, "46": HAINAN, "15": INNER_MONGOLIA, "54": TIBET, "65": XINJIANG,
}  # fmt: skip
#: From this class on a place counts as remote.
REMOTE = NORTH_WEST


@dataclass(frozen=True)
class Provinces:
    """The provinces as columns; a province is its row number."""

    code: tuple[str, ...]
    price_class: I64
    region: I64  # east, central, west
    of_city: I64  # cities abroad count as the first province; no lane of theirs is asked for
    kilometres: npt.NDArray[np.int32]  # between the capitals

    @property
    def count(self) -> int:
        """Return the number of provinces."""
        return len(self.code)


@cache
def provinces() -> Provinces:
    """Return the provinces of the mainland in the order of their codes."""
    places = cities()
    digits = [code[:2] for code in places.adcode[:MAINLAND]]
    codes = tuple(sorted(set(digits)))
    row = {code: place for place, code in enumerate(codes)}
    capital = np.array([digits.index(code) for code in codes])
    return Provinces(
        code=codes,
        price_class=np.array([_CLASSES.get(code, NEAR) for code in codes], np.int64),
        region=places.region[capital],
        of_city=np.array([row[d] for d in digits] + [0] * (len(places.name) - MAINLAND), np.int64),
        kilometres=places.kilometres[np.ix_(capital, capital)],
    )
