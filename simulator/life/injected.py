"""What injections do to parcels, orders and scans, and how much each of them touches."""

import numpy as np
import numpy.typing as npt

from simulator.life.parcels import SALE, Parcels
from simulator.life.scan_kinds import Scan
from simulator.world.cities import MAINLAND
from simulator.world.days import DAY, HOUR, NEVER
from simulator.world.draws import I64, Flags, chance
from simulator.world.injections import Injection
from simulator.world.market import Market
from simulator.world.provinces import provinces

#: Scans that an unknown code replaces.
RENAMED = (Scan.DEPARTED, Scan.ARRIVED)
#: Parcels count as mature so many days after they were collected.
MATURE = 7


def slower(market: Market, parcels: Parcels, picked_up: I64, pace: I64) -> I64:
    """Return the pace with slowed couriers and broken lanes."""
    for each in market.injections:
        if each.kind in ("slow_courier", "broken_lane"):
            here = _on_lane(each, parcels) & (picked_up >= each.first) & (picked_up < each.end)
            pace = np.where(here, pace * int(each.size * 1000) // 1000, pace)
    return pace


def _on_lane(each: Injection, parcels: Parcels) -> Flags:
    of_city = provinces().of_city
    here = np.maximum(parcels.origin, parcels.destination) < MAINLAND
    if each.couriers:
        here &= np.isin(parcels.courier, each.couriers)
    if each.origin >= 0:
        here &= of_city[parcels.origin] == each.origin
    if each.destination >= 0:
        here &= of_city[parcels.destination] == each.destination
    return here


def later(market: Market, parcels: Parcels) -> I64:
    """Return the seconds by which merchants ship later."""
    late = np.zeros(len(parcels.key), np.int64)
    for each in market.injections:
        if each.kind == "late_merchant":
            late += np.where(_of_merchant(each, parcels), int(each.size * HOUR), 0)
    return late


def _of_merchant(each: Injection, parcels: Parcels) -> Flags:
    when = (parcels.start >= each.first) & (parcels.start < each.end)
    return np.asarray((parcels.merchant == each.merchant) & when & (parcels.purpose == SALE))


def renamed(market: Market, parcels: Parcels, parcel: I64, scan: I64, at: I64) -> Flags:
    """Return the scans that come under a code that no one knows."""
    found = np.zeros(len(parcel), bool)
    for each in market.injections:
        if each.kind == "unmapped_code":
            some = chance(market.draws.of("renamed", parcels.key), each.size)[parcel]
            when = (at >= each.first) & (at < each.end) & np.isin(scan, RENAMED)
            found |= np.isin(parcels.courier, each.couriers)[parcel] & when & some
    return found


def silent(market: Market, parcels: Parcels, parcel: I64, at: I64) -> Flags:
    """Return the scans that never arrive, of silent providers."""
    found = np.zeros(len(parcel), bool)
    for each in market.injections:
        if each.kind == "silent_provider":
            some = chance(market.draws.of("silent", parcels.key), each.size)
            some &= np.isin(parcels.courier, each.couriers)
            found |= some[parcel] & (at >= each.first) & (at < each.end)
    return found


def touched(
    market: Market, parcels: Parcels, scans: I64, fen: I64, category: I64, placed: I64
) -> npt.NDArray[np.int64]:
    """Return injection × (mature parcels, fen of paid GMV) touched in a block.

    Args:
        market: with its injections.
        parcels: of the block.
        scans: scan × parcel.
        fen: paid GMV of each parcel.
        category: of each parcel's order.
        placed: when each parcel's order was placed.
    """
    found = np.zeros((len(market.injections), 2), np.int64)
    picked = scans[Scan.PICKED_UP]
    mature = (picked < NEVER) & (picked < market.end - MATURE * DAY)
    count = len(parcels.key)
    every = np.arange(count)
    for row, each in enumerate(market.injections):
        when = (picked >= each.first) & (picked < each.end)
        if each.kind in ("slow_courier", "broken_lane"):
            here = _on_lane(each, parcels) & when
        elif each.kind == "late_merchant":
            here = _of_merchant(each, parcels)
        elif each.kind in ("category_tier", "taken_consumers"):
            here = (category == each.category) & (placed >= each.first) & (placed < each.end)
        elif each.kind == "unmapped_code":
            here = np.zeros(count, bool)
            for scan in RENAMED:
                here |= renamed(market, parcels, every, np.full(count, scan), scans[scan])
        else:
            here = silent(market, parcels, every, picked)
        here &= mature & (parcels.purpose == SALE)
        found[row] = here.sum(), fen[here].sum()
    return found
