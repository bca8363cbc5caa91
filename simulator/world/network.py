"""Couriers in full: pace by lane, season and year, broken weeks, prices, capacity, contracts.

This is the part ``couriers`` of a market. Where it is on, couriers are good where others are not; without
it each has one pace everywhere. All sizes are assumptions, but for the prices (`rate_cards`).
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from simulator.world.cities import REGIONS
from simulator.world.couriers import COURIERS, JD_PARCELS, PACE, shares
from simulator.world.days import Days
from simulator.world.draws import I64, Draws, Flags, again, below, chance
from simulator.world.durations import around
from simulator.world.platforms import SHOPIFY
from simulator.world.provinces import provinces
from simulator.world.rate_cards import PACE as PACE_STREAM
from simulator.world.rate_cards import RateCards, rate_cards
from simulator.world.shops import Shops

#: Spread of pace between a courier's lanes, its months (permille) and its years (permille a year).
LANE_SPREAD, SEASON_SPREAD, DRIFT = "0.17", 50, 90
#: Of the weeks of a lane, broken ones; how much longer the way then takes, permille.
BROKEN, BROKEN_FROM, BROKEN_TO = 0.03, 1250, 1900
#: Keeps the mean of all parcels where the State Post Bureau measured it, permille.
LEVEL = 980
#: Couriers with less than this share of a platform's parcels, per cent, have no contracts there.
LEAST_SHARE = 1.0
#: Share of the other couriers with which a merchant has a contract.
HAS_CONTRACT = 0.55
#: Discount on the list price, permille: of the largest merchants, and how much more or less by courier.
LARGEST_DISCOUNT, DISCOUNT_SPREAD = 140, 60


@dataclass(frozen=True)
class Network:
    """What couriers can do and what they ask for it."""

    lane_pace: I64  # courier × origin × destination province: permille
    day_pace: I64  # courier × origin province × day row: permille
    cards: RateCards
    discount: I64  # merchant × courier: permille of the list price; 0 = no contract
    balance: I64  # platform × courier: factor of the choice, thousandths
    waits: I64  # courier × region of origin × day row: seconds for want of capacity
    has_own_cards: bool = False  # of the part "cards": what merchants pay stands in cards, to the fen

    def pace(self, draws: Draws, courier: I64, origin: I64, destination: I64, row: I64) -> I64:
        """Return permille of a usual parcel's hours, between provinces, on days (rows of `Days`)."""
        lane = self.cards.lane(courier, origin, destination)
        pace = self.lane_pace.ravel()[lane] * self._on_day(self.day_pace, courier, origin, row) // 1000
        bits = draws.of("lane broken", lane * 4096 + row // 7)
        worse = BROKEN_FROM + below(again(bits), BROKEN_TO - BROKEN_FROM)
        return np.where(chance(bits, BROKEN), pace * worse // 1000, pace)

    def known_pace(self, courier: I64, origin: I64, destination: I64, row: I64) -> I64:
        """Return the pace without broken weeks: what can be known before a parcel leaves."""
        lane = self.cards.lane(courier, origin, destination)
        usual: I64 = self.lane_pace.ravel()[lane] * self._on_day(self.day_pace, courier, origin, row) // 1000
        return usual

    def wait(self, courier: I64, origin: I64, row: I64) -> I64:
        """Return the seconds that parcels collected on these days wait for want of capacity."""
        return self._on_day(self.waits, courier, provinces().region[origin], row)

    def price(self, merchant: I64, courier: I64, origin: I64, destination: I64, weight: I64) -> I64:
        """Return what merchants pay, fen: with their discount where they have a contract, else the list's."""
        permille = self.discount[merchant, courier]
        paid = np.where(permille > 0, permille, 1000)
        if self.has_own_cards:
            return self.cards.price(courier, origin, destination, weight, paid)
        return self.cards.price(courier, origin, destination, weight) * paid // 1000

    def has_contract(self, merchant: I64) -> Flags:
        """Return merchant × courier: whether there is a contract."""
        return np.asarray(self.discount[merchant] > 0)

    @staticmethod
    def _on_day(table: I64, courier: I64, origin: I64, row: I64) -> I64:
        _, places, days = table.shape
        value: I64 = table.ravel()[(courier * places + origin) * days + row]
        return value


def _day_pace(draws: Draws, first: date, days: int, drift_by: int) -> I64:
    """Return season and drift: courier × origin province × day."""
    count, places = len(COURIERS), provinces().count
    month = np.array([(first + timedelta(days=n)).month - 1 for n in range(days)])
    places_of_season = np.arange(count * 12, dtype=np.int64)
    season = 1000 - SEASON_SPREAD + below(draws.of("season", places_of_season), 2 * SEASON_SPREAD + 1)
    pair = np.arange(count * places, dtype=np.int64)
    drift = -drift_by + below(draws.of("drift", pair), 2 * drift_by + 1)
    # The drift turns around the middle of the market, so that its mean stays.
    years = (np.arange(days, dtype=np.int64) - days // 2) * 1000 // 365
    drifted = 1000 + drift.reshape(count, places, 1) * years[None, None, :] // 1000
    by_month: I64 = season.reshape(count, 12)[:, month]
    pace: I64 = np.maximum(600, by_month[:, None, :] * drifted // 1000)
    return pace


def _discounts(draws: Draws, shops: Shops) -> I64:
    """Return permille of the list price by merchant and courier; 0 where there is no contract."""
    merchant = np.arange(shops.count, dtype=np.int64)
    count = len(COURIERS)
    pair = merchant[:, None] * count + np.arange(count)[None, :]
    bits = draws.of("contract", pair.ravel()).reshape(pair.shape)
    platform = shops.platform(merchant)
    serves = np.array([[share >= LEAST_SHARE for share in shares(p, JD_PARCELS)] for p in range(SHOPIFY + 1)])
    has = chance(bits, HAS_CONTRACT) & serves[platform]
    for which in (0, 1):
        has[merchant, shops.couriers[:, which]] = True
    rank = merchant % shops.per_cell
    size = LARGEST_DISCOUNT - LARGEST_DISCOUNT * rank // shops.per_cell
    spread = below(again(bits).ravel(), DISCOUNT_SPREAD).reshape(pair.shape)
    return np.where(has, 1000 - size[:, None] - spread, 0)


def network(
    draws: Draws, days: Days, first: date, shops: Shops, *, is_quiet: bool, has_own_cards: bool
) -> Network:
    """Return the couriers of a market, before anything is known of its orders: no balance, no waits.

    Args:
        draws: the market's.
        days: the market's; rows of the tables by day are theirs.
        first: the date of row 0.
        shops: the merchants.
        is_quiet: couriers do not change over the years.
        has_own_cards: a discount is on each price of a card, not on their sum.
    """
    places, count = provinces().count, len(COURIERS)
    lane = np.arange(count * places * places, dtype=np.int64)
    usual = np.array(PACE)[lane // (places * places)] * LEVEL // 1000
    lane_pace = around(draws.of(PACE_STREAM, lane), usual, LANE_SPREAD)
    rows = len(days.slowness)
    return Network(
        lane_pace=lane_pace.reshape(count, places, places),
        day_pace=_day_pace(draws, first, rows, 0 if is_quiet else DRIFT),
        cards=rate_cards(draws),
        discount=_discounts(draws, shops),
        balance=np.full((SHOPIFY + 1, count), 1000, np.int64),
        waits=np.zeros((count, len(REGIONS), rows), np.int64),
        has_own_cards=has_own_cards,
    )
