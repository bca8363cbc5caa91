"""What is told to customs about parcels that go abroad, how customs looks at it, and what was promised.

Part abroad. All sizes are assumptions: no customs office publishes how many senders declare too little.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from simulator.life.baskets import Baskets
from simulator.life.parcels import NORMAL, SALE, Parcels
from simulator.world import import_rules, tariffs
from simulator.world.cities import CURRENCIES, MAINLAND, cities
from simulator.world.couriers import COURIERS
from simulator.world.days import DAY, day_number
from simulator.world.draws import I64, Flags, again, below, chance
from simulator.world.exchange_rates import exchanged
from simulator.world.hub_queues import hub_of
from simulator.world.market import Market

#: Of parcels worth more than an exemption, those declared just below it: at most so many permille below.
UNDERSTATED, JUST_BELOW = 0.4, 100
#: Of parcels to others than the United States, those declared in dollars.
IN_DOLLARS = 0.25
#: Inspected, permille: not above an exemption; above one; where there is none, up to 150 and beyond. Customs
#: looks this many times as often at one seller in ten.
LOOKED_AT, WATCHED, WATCH = (30, 220, 50, 120), 0.1, 2.5
#: Of the inspected: those whose inspection leaves a scan; those that may not enter, of parcels declared too
#: low and of others.
SEEN, FAILS = 0.55, (0.15, 0.02)
#: Sellers registered for a scheme that collects the tax at sale; parcels of ZTO and YTO that go by post.
REGISTERED, BY_POST = 0.7, 0.4

_EMS, _SF = COURIERS.index("ems"), COURIERS.index("sf")
_USD = CURRENCIES.index("USD")


@dataclass(frozen=True)
class Declarations:
    """One row per parcel sold abroad. Amounts are hundredths, in the shop's currency where none is named."""

    parcel: I64  # row of the parcel
    value: I64  # of the goods in it
    declared: I64
    limit: I64  # the highest exemption below the value on the day it is declared, 0 = none
    currency: I64  # of the declaration
    declared_in: I64  # the declared value in that currency
    is_understated: Flags
    is_watched: Flags  # the seller
    is_inspected: Flags
    is_seen: Flags  # the inspection leaves a scan
    fails: Flags  # may not enter
    channel: I64
    scheme: I64
    hub: I64
    units: I64
    headings: Flags  # parcel × tariff heading

    def of(self, rows: I64) -> "Declarations":
        """Return some of them."""
        return Declarations(**{name: column[rows] for name, column in vars(self).items()})


def _contents(market: Market, parcels: Parcels, goods: Baskets, orders: int) -> tuple[I64, I64, Flags]:
    """Return value, units and tariff headings of what is in each of these parcels."""
    of_slot = np.full((2, orders), -1, np.int64)
    of_slot[parcels.slot, parcels.order] = np.arange(len(parcels.key))
    shared = np.flatnonzero(parcels.orders == 2)
    of_slot[0, parcels.order[shared] + 1] = shared
    parcel = of_slot[goods.parcel, goods.order]
    line = np.flatnonzero(parcel >= 0)
    parcel, count = parcel[line], len(parcels.key)
    value = np.bincount(parcel, weights=goods.gmv[line], minlength=count).astype(np.int64)
    units = np.bincount(parcel, weights=goods.units[line], minlength=count).astype(np.int64)
    headings = np.zeros((count, len(tariffs.HEADINGS)), bool)
    product = goods.product[line]
    category = market.shops.category[product].astype(np.int64)
    headings[parcel, tariffs.heading_of(market.draws, product, category)] = True
    return value, units, headings


def _channels(market: Market, key: I64, courier: I64) -> I64:
    by_post = (courier == _EMS) | ((courier != _SF) & chance(market.draws.of("by post", key), BY_POST))
    return np.where(by_post, import_rules.POST, import_rules.EXPRESS)


def _inspected(market: Market, key: I64, merchant: I64, declared: I64, limit: I64) -> tuple[Flags, Flags]:
    """Return whether customs watches the seller, and whether it inspects the parcel."""
    free, above, small, large = LOOKED_AT
    permille = np.where(limit > 0, free, np.where(declared > 15_000, large, small))
    permille = np.where((limit > 0) & (declared > limit), above, permille)
    watched = chance(market.draws.of("watched", merchant), WATCHED)
    permille = np.where(watched, (permille * WATCH).astype(np.int64), permille)
    bits = (market.draws.of("inspected", key) >> np.uint64(32)).astype(np.int64)
    return watched, bits < permille * (1 << 32) // 1000


def declarations(market: Market, sold: Parcels, goods: Baskets, orders: int) -> Declarations | None:
    """Return what is declared of the parcels sold abroad, where the market has that part."""
    if "abroad" not in market.parts:
        return None
    draws, which = market.draws, np.flatnonzero((sold.destination >= MAINLAND) & (sold.purpose == SALE))
    parcels = sold.of(which)
    value, units, headings = _contents(market, parcels, goods, orders)
    key, there, day = parcels.key, parcels.destination, parcels.start // DAY
    channel = _channels(market, key, parcels.courier)
    limit = import_rules.limits(there, channel, day, value)
    bits = draws.of("declared", key)
    understated = (limit > 0) & chance(bits, UNDERSTATED)
    short = limit * below(again(bits), JUST_BELOW) // 1000
    declared = np.where(understated, limit - short, value)
    own = cities().currency[there]
    currency = np.where(chance(draws.of("in dollars", key), IN_DOLLARS), _USD, own)
    above = np.maximum(limit, import_rules.limits(there, channel, day, declared + 1))
    watched, inspected = _inspected(market, key, parcels.merchant, declared, above)
    looks = draws.of("looks", key)
    fails = inspected & np.where(understated, chance(again(looks), FAILS[0]), chance(again(looks), FAILS[1]))
    registered = chance(draws.of("registered seller", parcels.merchant), REGISTERED)
    scheme = import_rules.scheme_of(there, day, declared)
    return Declarations(
        parcel=which,
        value=value,
        declared=declared,
        limit=limit,
        currency=currency,
        declared_in=exchanged(declared, own, currency, parcels.start),
        is_understated=understated,
        is_watched=watched,
        is_inspected=inspected,
        is_seen=inspected & chance(looks, SEEN),
        fails=fails & (parcels.fate == NORMAL) & ~goods.has_two_parcels[parcels.order],
        channel=channel,
        scheme=np.where(registered, scheme, 0),
        hub=hub_of()[there],
        units=units,
        headings=headings,
    )


#: Working days that are promised: of a third of the orders, and of the others by country (first: all others).
SOON, LATER = 5, {"": 8, "US": 8, "AU": 9, "TR": 9}
SOONER = 0.35
#: From then on days of the calendar are promised (Cainiao's announcement), as many as the working days take.
CALENDAR_FROM = day_number(date(2025, 9, 10))
#: 1970-01-01 was a Thursday.
_FIRST_WEEKDAY = 3


def promised_days(market: Market, index: I64, city: I64, day: I64) -> tuple[I64, Flags]:
    """Return how many days are promised of orders abroad, and whether these are days of the calendar."""
    later = np.array([LATER.get(name, LATER[""]) for name in cities().country], np.int64)[city]
    working = np.where(chance(market.draws.of("sooner", index), SOONER), SOON, later)
    by_calendar = day >= CALENDAR_FROM
    return np.where(by_calendar, (working * 7 + 4) // 5, working), by_calendar


def last_promised_day(day: I64, count: I64, by_calendar: Flags) -> I64:
    """Return the day so many days later, of the calendar or Monday to Friday; holidays are not known."""
    weekday = (day + _FIRST_WEEKDAY) % 7
    # From a weekend they run from the Friday before.
    friday = np.where(weekday > 4, day - (weekday - 4), day)
    since_monday = np.minimum(weekday, 4) + count
    working = friday - np.minimum(weekday, 4) + since_monday // 5 * 7 + since_monday % 5
    return np.where(by_calendar, day + count, working)
