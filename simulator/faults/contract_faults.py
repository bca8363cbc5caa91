"""Faults in the contract's feed, and the list of every row that was touched.

Faults that can be seen stand in files of their own beside the feed's, so that each row has a file and a
line; they spoil copies, and the sound row arrives too. Silent ones change the feed and cannot be seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from simulator.contract import columns as c
from simulator.contract import scans
from simulator.contract.orders import Table
from simulator.contract.waybills import Scans, known_scans, waybill_events
from simulator.faults.rates import FAULTS
from simulator.faults.spoiled_rows import spoiled_events, spoiled_orders
from simulator.life.happenings import Happenings
from simulator.life.scan_kinds import Scan
from simulator.world.cities import cities
from simulator.world.couriers import COURIERS
from simulator.world.days import DAY, HOUR
from simulator.world.draws import I64, Flags, below
from simulator.world.market import Market

#: "No value" of some providers, epoch milliseconds 946656000000, as China seconds.
SENTINEL = 946_656_000 + 8 * HOUR
_PEOPLE = ("王小明", "李秀英", "张伟", "欧阳娜娜", "Wang Xiaoming")
#: The provider of our own contract.
PROVIDER = "waymart"


@dataclass(frozen=True)
class Extra:
    """Rows for a file of their own, and what the truth says of them (one entry per row)."""

    entity: str
    fault: str
    rows: Table | list[str]  # a table, or lines of JSON
    listed: Table
    folder: str | None = None  # below feeds/, where it is not our contract's

    def __len__(self) -> int:
        return len(self.listed["fault"])


def faults_of_waybills(
    fault: str,
    block: Happenings,
    waybill_number: c.Bytes,
    parcel: I64,
    detail: Mapping[str, pa.Array] | None = None,
) -> Table:
    """Return the truth's rows of a fault of waybills."""
    count = len(parcel)
    return {
        "fault": c.word(fault, count),
        "outcome": c.word(FAULTS[fault][1], count),
        "reason": c.nothing(count),
        "field": c.nothing(count),
        "platform_id": c.nothing(count),
        "order_number": c.nothing(count),
        "courier_code": c.words(block.parcels.courier[parcel], COURIERS),
        "waybill_number": c.repeated(parcel, c.texts(waybill_number)),
        "planted_text": c.nothing(count),
        **(detail or {}),
    }


def chosen_parcels(market: Market, block: Happenings, rate: Mapping[str, float]) -> dict[str, Flags]:
    """Return the parcels of each fault; none has two."""
    part = (market.draws.of("fault", block.parcels.key) >> np.uint64(11)).astype(np.float64) / 2.0**53
    chosen, start = {}, 0.0
    for fault, share in rate.items():
        chosen[fault] = (part >= start) & (part < start + share) & (fault != "recycled_numbers")
        start += share
    return chosen


def _one_scan_each(
    market: Market, block: Happenings, some: Scans, parcels: Flags, among: tuple[Scan, ...]
) -> Flags:
    """Return one scan of each of the parcels, where it has one of these kinds."""
    wanted = np.array(among)[below(market.draws.of("faulty scan", block.parcels.key), len(among))]
    return np.asarray(parcels[some.parcel] & (some.scan == wanted[some.parcel]))


def apply(
    market: Market, block: Happenings, number: c.Bytes, waybill_number: c.Bytes, feeds: dict[str, Table],
    rate: Mapping[str, float],
) -> list[Extra]:  # fmt: skip
    """Put faults into the tables of a block; return the rows for other files, and what the truth says."""
    chosen = chosen_parcels(market, block, rate)
    some = known_scans(market, block)
    extras: list[Extra] = []

    def extra(fault: str, rows: Scans, detail: Mapping[str, pa.Array] | None = None) -> None:
        table = waybill_events(block, rows, waybill_number)
        extras.append(
            Extra(
                "waybill_events",
                fault,
                table,
                faults_of_waybills(fault, block, waybill_number, rows.parcel, detail),
            )
        )

    def silent(fault: str, touched: Flags) -> None:
        parcel = some.parcel[touched]
        extras.append(
            Extra("waybill_events", fault, [], faults_of_waybills(fault, block, waybill_number, parcel))
        )

    # Silent: a scan is missing, its clock is wrong by minutes, or it is off by the zone's eight hours.
    middle = (Scan.PICKED_UP, Scan.DEPARTED, Scan.ARRIVED, Scan.OUT_FOR_DELIVERY)
    missing = _one_scan_each(market, block, some, chosen["missing_scans"], middle)
    silent("missing_scans", missing)
    skewed = _one_scan_each(market, block, some, chosen["clock_skew"], middle)
    silent("clock_skew", skewed)
    zoned = _one_scan_each(market, block, some, chosen["wrong_zones"], middle)
    silent("wrong_zones", zoned)
    skew = -60 - below(market.draws.of("skew", block.parcels.key), 20 * 60)[some.parcel]
    some = Scans(
        some.parcel, some.scan, some.kind, some.city,
        some.at + np.where(skewed, skew, 0) - np.where(zoned, 8 * HOUR, 0),
    )  # fmt: skip

    late = chosen["late_arrival"][some.parcel] & ~missing
    extra("late_arrival", some.of(np.flatnonzero(late)[::-1]))
    people = _one_scan_each(
        market, block, some, chosen["planted_people"], (Scan.OUT_FOR_DELIVERY, Scan.DELIVERED)
    )
    _plant(block, some.of(people), waybill_number, extras)
    rest = some.of(~(missing | late | people))
    feeds["waybill_events"] = waybill_events(block, rest, waybill_number)

    once = (Scan.CONSIGNED, Scan.PICKED_UP, Scan.DELIVERED)
    extra("duplicates", rest.of(_one_scan_each(market, block, rest, chosen["duplicates"], once)))
    extra("resent_histories", rest.of(chosen["resent_histories"][rest.parcel]))
    no_time = rest.of(_one_scan_each(market, block, rest, chosen["sentinel_times"], once))
    detail = {
        "reason": c.word("before_2000", len(no_time.at)),
        "field": c.word("occurred_at", len(no_time.at)),
    }
    extra("sentinel_times", _with(no_time, at=np.full_like(no_time.at, SENTINEL)), detail)
    picked = rest.scan == Scan.PICKED_UP
    early = rest.of(picked & chosen["impossible_orders"][rest.parcel])
    extra("impossible_orders", _with(early, at=early.at - DAY, scan=Scan.OUT_FOR_DELIVERY))
    strange = rest.of(picked & chosen["unmapped_codes"][rest.parcel])
    extra("unmapped_codes", _with(strange, at=strange.at + 60, kind=scans.UNMAPPED))

    spoiled = rest.of(_one_scan_each(market, block, rest, chosen["malformed_rows"], once))
    lines, reasons, fields = spoiled_events(block, spoiled, waybill_number)
    detail = {"reason": pa.array(reasons, pa.string()), "field": pa.array(fields, pa.string())}
    listed = faults_of_waybills("malformed_rows", block, waybill_number, spoiled.parcel, detail)
    extras.append(Extra("waybill_events", "malformed_rows", lines, listed))
    extras += _orders(market, block, number, feeds["orders"], rate)
    return [part for part in extras if len(part)]


def _with(some: Scans, at: I64, scan: int | None = None, kind: int | None = None) -> Scans:
    """Return the scans at other times, as scans of another kind."""
    changed = scan if kind is None else kind
    return Scans(
        some.parcel,
        some.scan,
        some.kind if changed is None else np.full_like(some.kind, changed),
        some.city,
        at,
    )


def person(key: int) -> tuple[str, str]:
    """Return the name and the phone planted in the scans of a parcel."""
    return _PEOPLE[key % len(_PEOPLE)], f"13{key // 8 % 10**9:09d}"


def _plant(block: Happenings, some: Scans, waybill_number: c.Bytes, extras: list[Extra]) -> None:
    """Write names and phones into scan texts."""
    table = waybill_events(block, some, waybill_number)
    people = [person(k) for k in block.parcels.key[some.parcel].tolist()]
    city = [cities().name[k] for k in some.city.tolist()]
    delivered = (some.scan == Scan.DELIVERED).tolist()
    texts = [
        f"【{place}】快件已签收，签收人：{name}，联系电话{phone}"
        if is_delivered
        else f"【{place}】派件员：{name}（{phone}）正在派送"
        for place, (name, phone), is_delivered in zip(city, people, delivered, strict=True)
    ]
    table["event_text"] = pa.array(texts, pa.string())
    planted = [f"{name} {phone}" for name, phone in people]
    detail = {"planted_text": pa.array(planted, pa.string())}
    listed = faults_of_waybills("planted_people", block, waybill_number, some.parcel, detail)
    extras.append(Extra("waybill_events", "planted_people", table, listed))


def _orders(
    market: Market, block: Happenings, number: c.Bytes, orders: Table, rate: Mapping[str, float]
) -> list[Extra]:
    """Return repeated and spoiled orders."""
    part = (market.draws.of("order fault", block.orders.index) >> np.uint64(11)).astype(np.float64) / 2.0**53
    twice = np.flatnonzero(part < rate["duplicates"])
    broken = np.flatnonzero((part >= 0.5) & (part < 0.5 + rate["malformed_rows"]))
    lines, reasons, fields = spoiled_orders(block, broken, number)

    def listed(fault: str, order: I64, reason: list[str | None], field: list[str | None]) -> Table:
        count = len(order)
        return {
            "fault": c.word(fault, count),
            "outcome": c.word(FAULTS[fault][1], count),
            "reason": pa.array(reason, pa.string()),
            "field": pa.array(field, pa.string()),
            "platform_id": orders["platform_id"].take(pa.array(order)),
            "order_number": c.repeated(order, c.texts(number)),
            "courier_code": c.nothing(count),
            "waybill_number": c.nothing(count),
            "planted_text": c.nothing(count),
        }

    copies = {name: column.take(pa.array(twice)) for name, column in orders.items()}
    none: list[str | None] = [None] * len(twice)
    return [
        Extra("orders", "duplicates", copies, listed("duplicates", twice, none, none)),
        Extra("orders", "malformed_rows", lines, listed("malformed_rows", broken, reasons, fields)),
    ]
