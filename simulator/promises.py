"""What is promised: by when a line ships, by when a parcel or an order arrives."""

import numpy as np

from simulator.calendar import DAY, HOUR, NEVER
from simulator.cities import cities
from simulator.demand import Market
from simulator.draws import I64
from simulator.happenings import Happenings
from simulator.parcels import SALE
from simulator.platforms import FLASH_SALE, JD, SHOPIFY


def ship_hours(channel: I64, platform: I64) -> I64:
    """Return within how many hours the merchant promises to ship. Assumptions after the platforms' rules."""
    return np.where(platform == JD, 24, np.where(channel == FLASH_SALE, 72, 48))


def order_promise(of: Market, block: Happenings) -> I64:
    """Return the promised times of delivery of JD and of orders abroad (five days), NEVER for others.

    Placed before 11:00: the same day, else the next day by 15:00 (JD.com data set of MSOM 2020); a day more
    for each 800 km and 70% of orders are assumptions.
    """
    orders = block.orders
    distance = cities().kilometres[of.shops.city[orders.merchant], orders.city].astype(np.int64)
    clock = orders.placed % DAY
    hour = np.where(clock < 11 * HOUR, 23 * HOUR, DAY + 15 * HOUR)
    promise = orders.placed - clock + hour + distance // 800 * DAY
    promise = np.where((orders.platform == JD) & (orders.index % 10 < 7), promise, NEVER)
    return np.where(orders.platform == SHOPIFY, orders.placed + 5 * DAY, promise)


def parcel_promise(of: Market, block: Happenings) -> tuple[I64, I64]:
    """Return each parcel's promised time, and its promised day (as the second at which it starts)."""
    parcels = block.parcels
    is_sale = parcels.purpose == SALE
    at = np.where(is_sale, order_promise(of, block)[parcels.order], NEVER)
    distance = cities().kilometres[parcels.origin, parcels.destination].astype(np.int64)
    day = block.way.registered // DAY * DAY + (3 + distance // 700) * DAY
    by_day = (
        is_sale & (at == NEVER) & (parcels.key // 8 % 10 < 6) & (of.shops.platform(parcels.merchant) != JD)
    )
    return at, np.where(by_day, day, NEVER)
