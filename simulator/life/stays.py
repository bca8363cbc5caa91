"""Parcels at pickup points: where, how long, overdue from when, and those that no one comes for."""

from dataclasses import dataclass

import numpy as np

from simulator.life.parcels import SALE, Parcels
from simulator.world.cities import MAINLAND
from simulator.world.days import DAY, HOUR, NEVER
from simulator.world.draws import I64, Flags, chance
from simulator.world.durations import around
from simulator.world.market import Market
from simulator.world.pickup_points import GOES_BACK, PER_CITY, day_of, free_seconds, own_point

#: Median hours until a parcel is collected; part points: by kind of point, and by the slow among consumers.
WAIT, WAITS, SLOW, SLOW_WAIT = 9, (7, 10, 9), 0.08, 34


@dataclass(frozen=True)
class Stays:
    """Per parcel; those that go to no point have no meaning here."""

    point: I64  # −1 = not known
    collected: I64  # or, where no one came, when it leaves
    overdue: I64  # NEVER = collected before
    is_unclaimed: Flags


def stays(market: Market, parcels: Parcels, goes: Flags, stored: I64) -> Stays:
    """Return how long parcels stay that go to a point and are stored then, by the consumer's clock."""
    draws, key, count = market.draws, parcels.key, len(parcels.key)
    points = market.points
    median = np.full(count, WAIT, np.int64)
    point = np.full(count, -1, np.int64)
    row = np.zeros(0, np.int64)
    if points is not None:
        row = np.flatnonzero(goes & (parcels.destination < MAINLAND))
        city, account = parcels.destination[row], parcels.account[row]
        own = own_point(draws, account, city)
        full = points.is_full(own, day_of(market.story.first, stored[row]), draws.of("full point", key[row]))
        point[row] = np.where(full, city * PER_CITY, own)
        slow = chance(draws.of("slow to collect", account), SLOW)
        median[row] = np.where(slow, SLOW_WAIT, np.array(WAITS)[points.kind[point[row]]])
    collected = stored + 600 + around(draws.of("pickup wait", key), median * HOUR, "1.0")
    clock = collected % DAY
    collected += np.where(clock < 8 * HOUR, 9 * HOUR, 0)
    overdue, unclaimed = np.full(count, NEVER), np.zeros(count, bool)
    if points is not None:
        latest = stored[row] + GOES_BACK * HOUR
        late = collected[row] > latest
        # Only what is an order's one parcel goes back: the rest is collected on the last day.
        unclaimed[row] = late & parcels.is_alone[row] & (parcels.purpose[row] == SALE)
        collected[row] = np.where(late, latest, collected[row])
        due = stored[row] + free_seconds(points.kind[point[row]])
        overdue[row] = np.where(due < collected[row], due, NEVER)
    return Stays(point, collected, overdue, unclaimed)
