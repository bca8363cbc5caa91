"""Hubs abroad: what comes to them each day, what they can handle, and how long parcels wait in front.

What comes is expected from the orders of the days before, not counted parcel by parcel. Capacity follows the
mean of four weeks; in some weeks a hub works at half of it (strikes, fog). Assumptions.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from simulator.world.cities import ABROAD, cities
from simulator.world.days import DAY, Days, day_number
from simulator.world.draws import I64, Draws, chance

#: UN/LOCODE of each hub.
HUBS = {"Liège": "BELGG", "Kuala Lumpur": "MYKUL"}
HUB_CODES = tuple(HUBS.values())
#: Days from the order to the hub; capacity against the mean; share of half weeks; longest wait in days.
BEFORE, HEADROOM, HALF_WEEKS, LONGEST = 4, 1.25, 0.06, 6.0
#: Parcels a day that every hub can handle besides.
SPARE = 1.0

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class HubQueues:
    """Days × hubs, from row 0 = `first` days since 1970-01-01."""

    first: int
    expected: _Floats  # parcels that come
    capacity: _Floats
    wait: I64  # seconds

    def of(self, hub: I64, time: I64) -> I64:
        """Return how long parcels wait that come to these hubs then."""
        return self.wait[np.clip(time // DAY - self.first, 0, len(self.wait) - 1), hub]


def hub_of() -> I64:
    """Return each city's hub as a row of `HUB_CODES`, −1 where it has none."""
    places = cities()
    return np.array(
        [
            list(HUBS).index(places.name[hub]) if places.name[hub] in HUBS else -1
            for hub in places.hub.tolist()
        ],
        np.int64,
    )


def hub_queues(draws: Draws, days: Days, from_date: date, per_day: I64, abroad: float) -> HubQueues:
    """Return the hubs' days of a market with these orders a day, of which this share goes abroad."""
    places, count = cities(), len(days.slowness)
    members = places.tier_members[ABROAD]
    going = np.bincount(places.by_trade[ABROAD], minlength=len(members)) / len(places.by_trade[ABROAD])
    hub = hub_of()[members]
    lag = day_number(from_date) - days.first + BEFORE
    expected = np.zeros((count, len(HUB_CODES)))
    end = min(count, lag + len(per_day))
    for which in range(len(HUB_CODES)):
        expected[lag:end, which] = per_day[: end - lag] * (abroad * float(going[hub == which].sum()))
    capacity, queue = np.zeros_like(expected), np.zeros_like(expected)
    for row in range(count):
        seen = expected[max(lag, row - 27) : row + 1]
        mean = seen.sum(axis=0) / max(1, len(seen))
        week = np.array([(days.first + row) // 7 * 2 + which for which in range(len(HUB_CODES))], np.int64)
        half = np.where(chance(draws.of("half a hub", week), HALF_WEEKS), 0.5, 1.0)
        capacity[row] = (mean * HEADROOM + SPARE) * half
        left = queue[row - 1] if row else 0.0
        queue[row] = np.minimum(
            np.maximum(0.0, left + expected[row] - capacity[row]), capacity[row] * LONGEST
        )
    return HubQueues(days.first, expected, capacity, (queue / capacity * DAY).astype(np.int64))
