"""Waybills and their scans in the shape of the raw contract."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from simulator.contract import columns as c
from simulator.contract import names, scans
from simulator.contract.border import cleared_at, declared_columns
from simulator.contract.orders import Table, currencies, place
from simulator.life import injected
from simulator.life.happenings import SYSTEMS, Happenings, scan_city
from simulator.life.parcels import PURPOSES, SALE, Parcels
from simulator.life.promises import parcel_promise, ship_hours
from simulator.life.scan_kinds import Scan
from simulator.world.cities import MAINLAND
from simulator.world.couriers import COURIERS
from simulator.world.days import HOUR, NEVER
from simulator.world.draws import I64, Flags
from simulator.world.market import Market
from simulator.world.platforms import PLATFORMS

SERVICES = ("standard", "express", "economy", "cross_border")


def services(parcels: Parcels) -> I64:
    """Return the courier's product: SF and JD are express, a tenth of the others' parcels economy."""
    express = np.array([name in ("sf", "jd") for name in COURIERS])[parcels.courier]
    at_home = np.where(express, 1, np.where(parcels.key // 8 % 10 == 0, 2, 0))
    return np.where(parcels.destination >= MAINLAND, 3, at_home)


def _orders_of(block: Happenings, number: c.Bytes) -> pa.Array:
    """Return the numbers of the orders in each parcel."""
    parcels = block.parcels
    row = np.repeat(parcels.order, parcels.orders)
    start = np.cumsum(parcels.orders) - parcels.orders
    row += np.arange(len(row)) - np.repeat(start, parcels.orders)
    return c.lists(parcels.orders, c.texts(number[row]))


def line_parcels(block: Happenings) -> tuple[I64, I64]:
    """Return (parcel, line) of each line in a sale's parcel, where the parcel says so, sorted by parcel."""
    parcels, goods = block.parcels, block.goods
    row = np.full((2, len(block.orders.index)), -1, np.int64)
    sale = np.flatnonzero(parcels.purpose == SALE)
    row[parcels.slot[sale], parcels.order[sale]] = sale
    shared = sale[parcels.orders[sale] == 2]
    row[0, parcels.order[shared] + 1] = shared
    parcel = row[goods.parcel, goods.order]
    line = np.flatnonzero((parcel >= 0) & ~block.lines_unknown[goods.order])
    # A return or replacement holds its order's first line.
    other = np.flatnonzero((parcels.purpose != SALE) & ~block.lines_unknown[parcels.order])
    parcel = np.concatenate([parcel[line], other])
    line = np.concatenate([line, goods.first_line[parcels.order[other]]])
    by_parcel = np.argsort(parcel, kind="stable")
    return parcel[by_parcel], line[by_parcel]


def waybills(market: Market, block: Happenings, number: c.Bytes, waybill_number: c.Bytes) -> Table:
    """Return the registrations of all parcels."""
    parcels, way, count = block.parcels, block.way, len(block.parcels.key)
    platform = market.shops.platform(parcels.merchant)
    parcel, line = line_parcels(block)
    lines = np.bincount(parcel, minlength=count)
    line_texts = c.texts(names.line_names(number[block.goods.order[line]], block.goods.number[line]))
    promised_at, promised_day = parcel_promise(market, block)
    sale = parcels.purpose == SALE
    channel = block.orders.channel[parcels.order]
    ship_by = np.where(sale, parcels.start + ship_hours(channel, platform) * HOUR, NEVER)
    updated = way.registered
    if block.told:
        # What was taken at the border is added when the parcel has entered.
        updated = np.where(cleared_at(block) < NEVER, cleared_at(block), updated)
    return {
        "courier_code": c.words(parcels.courier, COURIERS),
        "waybill_number": c.texts(waybill_number),
        "platform_id": c.words(platform, PLATFORMS),
        "merchant_code": c.texts(names.merchant_codes(parcels.merchant)),
        "service_code": c.words(services(parcels), SERVICES),
        "waybill_system_code": c.words(block.system, SYSTEMS),
        "purpose_code": c.words(parcels.purpose, PURPOSES),
        "order_numbers": _orders_of(block, number),
        "order_line_numbers": c.lists(lines, line_texts, lines > 0),
        **place("origin_", parcels.origin),
        **place("destination_", parcels.destination),
        "currency": currencies(block.orders.city[parcels.order]),
        "weight_grams": c.counts(parcels.weight),
        "freight_cost_amount": c.amounts(parcels.freight),
        "promised_delivery_date": c.dates(promised_day),
        "registered_at": c.times(way.registered),
        "promised_ship_at": c.times(ship_by),
        "promised_delivery_at": c.times(promised_at),
        "updated_at": c.times(updated),
        **declared_columns(market, block),
    }


@dataclass(frozen=True)
class Scans:
    """Scans as columns, sorted by parcel."""

    parcel: I64
    scan: I64
    kind: I64  # row of `scans.CODES`
    city: I64
    at: I64

    def of(self, rows: I64 | Flags) -> "Scans":
        """Return some of the scans."""
        return Scans(self.parcel[rows], self.scan[rows], self.kind[rows], self.city[rows], self.at[rows])


def known_scans(market: Market, block: Happenings) -> Scans:
    """Return the scans that are known at the end, as they arrive."""
    is_known = np.ascontiguousarray((block.way.scans < NEVER).T)
    parcel, scan = np.nonzero(is_known)
    at = np.ascontiguousarray(block.way.scans.T)[is_known]
    some = Scans(
        parcel=parcel,
        scan=scan,
        kind=scans.kind_of(scan, block.way.reason[parcel]),
        city=np.ascontiguousarray(scan_city(block).T)[is_known],
        at=at,
    )
    if not market.injections:
        return some
    strange = injected.renamed(market, block.parcels, parcel, scan, at)
    some = replace(some, kind=np.where(strange, scans.UNMAPPED, some.kind))
    return some.of(~injected.silent(market, block.parcels, parcel, at))


def waybill_events(block: Happenings, some: Scans, waybill_number: c.Bytes) -> Table:
    """Return these scans."""
    count = len(some.parcel)
    lag = block.receipt_lag[some.parcel]
    return {
        "courier_code": c.words(block.parcels.courier[some.parcel], COURIERS),
        "waybill_number": c.repeated(some.parcel, c.texts(waybill_number)),
        "event_code": c.words(some.kind, scans.CODES, plain=scans.PLAIN_CODES),
        "event_text": scans.texts(some.kind, some.city),
        "event_number": c.nothing(count),
        **place("", some.city),
        "is_zone_explicit": c.flags(np.ones(count, bool)),
        "occurred_at": c.times(some.at),
        "received_at": c.times(np.where(lag > 0, some.at + lag, NEVER)),
        **_points(block, some),
    }


#: The scans that name the pickup point.
_AT_POINT = (Scan.AVAILABLE, Scan.OVERDUE, Scan.DELIVERED)


def _points(block: Happenings, some: Scans) -> Table:
    """Return the pickup point of each scan that was made at one, where the market knows them."""
    if not block.has_points:
        return {}
    point = np.where(np.isin(some.scan, _AT_POINT), block.way.point[some.parcel], -1)
    different, place = np.unique(point[point >= 0], return_inverse=True)
    row = np.zeros(len(point), np.int32)
    row[point >= 0] = place
    codes = c.texts(names.point_codes(different))
    return {"pickup_point_code": c.repeated(row, codes, point >= 0)}
