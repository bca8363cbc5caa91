"""What is promised: by when a line ships, by when a parcel or an order arrives."""

import numpy as np

from simulator.life.declarations import last_promised_day, promised_days
from simulator.life.happenings import Happenings
from simulator.life.parcels import SALE
from simulator.world.cities import cities
from simulator.world.days import DAY, HOUR, NEVER
from simulator.world.draws import I64
from simulator.world.market import Market
from simulator.world.platforms import FLASH_SALE, JD, SHOPIFY


def ship_hours(channel: I64, platform: I64) -> I64:
    """Return within how many hours the merchant promises to ship. Assumptions after the platforms' rules."""
    return np.where(platform == JD, 24, np.where(channel == FLASH_SALE, 72, 48))


#: Days of the week that five working days take, Monday first: Cainiao's global five-day delivery.
FIVE_WORKING_DAYS = (7, 7, 7, 7, 7, 6, 5)
#: 1970-01-01 was a Thursday.
FIRST_WEEKDAY = 3


def order_promise(market: Market, block: Happenings) -> I64:
    """Return the promised times of delivery of JD and of orders abroad, NEVER for others.

    JD promises placed before 11:00 the same day, else the next day by 15:00 (JD.com data set of MSOM 2020):
    from its warehouse in the consumer's city. These parcels come from merchants elsewhere: two days more, and
    one for each 500 km. That and the 70% of orders are assumptions, such that some 90% are kept.
    """
    orders = block.orders
    distance = cities().kilometres[market.shops.city[orders.merchant], orders.city].astype(np.int64)
    day, clock = orders.placed // DAY, orders.placed % DAY
    hour = np.where(clock < 11 * HOUR, 23 * HOUR, DAY + 15 * HOUR)
    promise = (day + 2 + distance // 500) * DAY + hour
    promise = np.where((orders.platform == JD) & (orders.index % 10 < 7), promise, NEVER)
    abroad = orders.placed + np.array(FIVE_WORKING_DAYS)[(day + FIRST_WEEKDAY) % 7] * DAY
    if "abroad" in market.parts:
        days, by_calendar = promised_days(market, orders.index, orders.city, day)
        abroad = (last_promised_day(day, days, by_calendar) + 1) * DAY - 1
    return np.where(orders.platform == SHOPIFY, abroad, promise)


def _latest(block: Happenings, promise: I64) -> I64:
    """Return the latest of what was promised of the orders in each parcel."""
    parcels = block.parcels
    known = np.where(promise < NEVER, promise, -1)
    following = np.minimum(parcels.order + 1, len(known) - 1)
    latest = np.maximum(known[parcels.order], np.where(parcels.orders == 2, known[following], -1))
    return np.where(latest >= 0, latest, NEVER)


def parcel_promise(market: Market, block: Happenings) -> tuple[I64, I64]:
    """Return each parcel's promised time, and its promised day (as the second at which it starts)."""
    parcels = block.parcels
    is_sale = parcels.purpose == SALE
    at = np.where(is_sale, _latest(block, order_promise(market, block)), NEVER)
    distance = cities().kilometres[parcels.origin, parcels.destination].astype(np.int64)
    day = block.way.registered // DAY * DAY + (3 + distance // 700) * DAY
    by_day = (
        is_sale
        & (at == NEVER)
        & (parcels.key // 8 % 10 < 6)
        & (market.shops.platform(parcels.merchant) != JD)
    )
    return at, np.where(by_day, day, NEVER)
