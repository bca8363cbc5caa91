"""What customs calls the goods: headings of the Harmonized System and what duty they bear.

The six digits are the Harmonized System's own; which of them a category sells, and the duty (permille of the
value, one rate for all countries), are assumptions near the European Union's.
"""

import numpy as np

from simulator.world.categories import CATEGORIES
from simulator.world.draws import I64, Draws, below

_HEADINGS = {
    "women_clothing": (("610910", 120), ("620442", 120), ("611030", 120)),
    "men_clothing": (("610910", 120), ("620342", 120), ("610510", 120)),
    "underwear": (("610821", 120), ("611595", 120), ("621210", 65)),
    "shoes_bags": (("640299", 170), ("640411", 169), ("420222", 50)),
    "mother_baby": (("961900", 0), ("950300", 0), ("871500", 27)),
    "beauty": (("330499", 0), ("330410", 0), ("961620", 27)),
    "food": (("190590", 90), ("200819", 112), ("090230", 0)),
    "fresh_produce": (("071290", 128), ("080290", 20), ("081340", 64)),
    "home": (("392490", 65), ("630260", 120), ("940511", 27)),
    "kitchen": (("732393", 32), ("821191", 85), ("392410", 65)),
    "appliances": (("851679", 27), ("850980", 22), ("841451", 32)),
    "phones_digital": (("851762", 0), ("850440", 0), ("851830", 0)),
    "sports": (("950691", 27), ("950699", 27), ("420292", 50)),
    "toys": (("950300", 0), ("950440", 0), ("950490", 0)),
    "pets": (("230910", 60), ("420100", 27), ("392690", 65)),
    "health": (("901910", 0), ("210690", 90), ("902519", 28)),
}
HEADINGS = tuple(sorted({heading for row in _HEADINGS.values() for heading, _ in row}))
DUTIES = np.array([dict(pair for row in _HEADINGS.values() for pair in row)[h] for h in HEADINGS], np.int64)
_OF_CATEGORY = np.array([[HEADINGS.index(h) for h, _ in _HEADINGS[name]] for name in CATEGORIES], np.int64)


def heading_of(draws: Draws, product: I64, category: I64) -> I64:
    """Return the row of `HEADINGS` under which each product goes."""
    return np.asarray(_OF_CATEGORY[category, below(draws.of("heading", product), 3)], np.int64)
