"""Lockers, stations and shops where parcels wait: where they are, how much they hold, when they are full.

Each city has as many; who lives there has one of them as its own. Capacity is to the scale of the market: of
so few parcels as it has. What comes is expected from the orders of the day, not counted parcel by parcel; a
full point sends what comes to its city's first station. All sizes are assumptions.
"""

from dataclasses import dataclass

import numpy as np

from simulator.world.cities import MAINLAND, cities
from simulator.world.days import DAY, HOUR
from simulator.world.draws import I64, U64, Draws, Flags, again, below, skewed
from simulator.world.platforms import Story

LOCKER, STATION, SHOP = 0, 1, 2
KINDS = ("locker", "station", "shop")
#: Points of a city. The first is a station that is never full; of the others so many in ten are lockers,
#: stations, shops.
PER_CITY, OF_TEN = 24, (4, 4, 2)
#: Hours that a parcel waits for nothing, after which it is overdue; all go back after a week.
FREE_HOURS, GOES_BACK = (24, 72, 48), 7 * 24
#: Capacity against the usual stock, permille, from and to; usual stock: days of what comes.
HEADROOM, STOCK_DAYS = (1150, 2600), 0.6
#: Share of parcels that go to pickup points, about.
SHARE = 0.27


@dataclass(frozen=True)
class PickupPoints:
    """All points; a point is its city × `PER_CITY` + place."""

    kind: I64
    headroom: I64  # permille of the usual stock
    capacity: I64  # parcels
    crowd: I64  # day of the market → permille of the usual stock

    @property
    def count(self) -> int:
        """Return how many there are."""
        return len(self.kind)

    def is_full(self, point: I64, day: I64, bits: U64) -> Flags:
        """Return whether parcels that come on these days of the market find their point full."""
        crowd = self.crowd[np.clip(day, 0, len(self.crowd) - 1)]
        turned = np.maximum(0, 1000 - self.headroom[point] * 1000 // np.maximum(1, crowd))
        return np.asarray((below(bits, 1000) < turned) & (point % PER_CITY != 0))


def own_point(draws: Draws, account: I64, city: I64) -> I64:
    """Return the point that each account uses."""
    return city * PER_CITY + skewed(draws.of("own point", account), PER_CITY, 2)


def city_shares(story: Story) -> I64:
    """Return how many of a million orders go to each city of the mainland."""
    places = cities()
    by_tier = story.orders.sum(axis=(0, 1)) / len(story.orders)
    share = np.zeros(MAINLAND)
    for tier, part in enumerate(by_tier.tolist()):
        members = places.tier_members[tier]
        drawn = np.bincount(places.by_tier[tier], minlength=len(members))
        for city, draws in zip(members.tolist(), drawn.tolist(), strict=False):
            if city < MAINLAND:
                share[city] += part * draws / len(places.by_tier[tier])
    return (share * 1_000_000).astype(np.int64)


def pickup_points(draws: Draws, per_day: I64, homes: I64) -> PickupPoints:
    """Return the points of a market with these orders a day, so many of a million in each city (`homes`)."""
    point = np.arange(MAINLAND * PER_CITY, dtype=np.int64)
    place, bits = point % PER_CITY, draws.of("pickup point", point)
    tenth = below(bits, 10)
    kind = np.where(tenth < OF_TEN[0], LOCKER, np.where(tenth < OF_TEN[0] + OF_TEN[1], STATION, SHOP))
    kind = np.where(place == 0, STATION, kind)
    low, high = HEADROOM
    headroom = low + below(again(bits), high - low)
    # Shares of the places as `skewed` with power 2 gives them: the root of each bound.
    roots = np.sqrt(np.arange(PER_CITY + 1) / PER_CITY)
    share = (roots[1:] - roots[:-1])[place] * (homes[point // PER_CITY] / 1_000_000.0)
    days = len(per_day)
    stock = share * (float(per_day.sum()) / days) * (SHARE * STOCK_DAYS)
    held = stock * (headroom / 1000.0)
    # By chance a few more come: three roots of the usual stock.
    capacity = np.maximum(2, (held + np.sqrt(held) * 3.0 + 1.0).astype(np.int64))
    # What was ordered two to four days before comes to the points.
    padded = np.concatenate([np.repeat(per_day[:1], 4), per_day])
    coming = padded[:-4] + padded[1:-3] + padded[2:-2]
    before = np.cumsum(np.concatenate([np.zeros(1, np.int64), per_day]))
    since = np.maximum(0, np.arange(days) - 27)
    usual = np.maximum(1, (before[1:] - before[since]) // (np.arange(days) - since + 1))
    return PickupPoints(kind, headroom, capacity, coming * 1000 // (3 * usual))


def free_seconds(kind: I64) -> I64:
    """Return how long a parcel may wait at each kind of point before it is overdue."""
    return np.array(FREE_HOURS, np.int64)[kind] * HOUR


def day_of(first: int, time: I64) -> I64:
    """Return the day of the market that began on this day since 1970-01-01."""
    return time // DAY - first
