"""Blocks of the market as tables and lines, made by several threads, in order."""

from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from simulator.contract import names
from simulator.contract import orders as contract_orders
from simulator.contract import waybills as contract_waybills
from simulator.contract.arrivals import arrivals
from simulator.contract.columns import Bytes
from simulator.contract.orders import Table
from simulator.faults import faults
from simulator.faults.faults import Extra
from simulator.life.demand import Market
from simulator.life.happenings import Happenings, happenings
from simulator.providers import feeds as provider_feeds
from simulator.truth import rows as truth_rows
from simulator.world.draws import I64

#: "daily" = the contract by the day of arrival.
Kind = Literal["contract", "daily", "providers"]


@dataclass(frozen=True)
class Made:
    """A block ready to be written: tables by entity, rows with their days by entity, or lines by folder."""

    tables: dict[str, Table]
    arrivals: dict[str, tuple[Table, I64]]
    lines: dict[str, list[str]]
    extras: list[Extra]
    truth: dict[str, Table]
    newest: int


def _contract(of: Market, block: Happenings, number: Bytes, waybill: Bytes) -> dict[str, Table]:
    scans = contract_waybills.known_scans(block)
    return {
        "orders": contract_orders.orders(of, block, number),
        "order_lines": contract_orders.order_lines(block, number),
        "payments": contract_orders.payments(of, block, number),
        "refunds": contract_orders.refunds(block, number),
        "waybills": contract_waybills.waybills(of, block, number, waybill),
        "waybill_events": contract_waybills.waybill_events(block, scans, waybill),
    }


def _make(of: Market, first: int, last: int, kind: Kind, rates: Mapping[str, float]) -> Made:
    """Make one block of orders."""
    block = happenings(of, first, last)
    number = names.order_numbers(of, block.orders.index, block.orders.day)
    waybill = names.waybill_numbers(block.parcels.courier, block.parcels.number)
    tables: dict[str, Table] = {}
    by_day: dict[str, tuple[Table, I64]] = {}
    lines: dict[str, list[str]] = {}
    extras: list[Extra] = []
    if kind == "providers":
        lines, extras = provider_feeds.provider_lines(of, block, number, waybill, rates)
    else:
        tables = _contract(of, block, number, waybill)
        if any(rates.values()):
            extras = faults.apply(of, block, number, waybill, tables, rates)
        if kind == "daily":
            tables, by_day = {}, arrivals(block, tables)
    return Made(
        tables=tables,
        arrivals=by_day,
        lines=lines,
        extras=extras,
        truth={
            "orders": truth_rows.orders(of, block, number),
            "waybills": truth_rows.waybills(of, block, waybill),
        },
        newest=truth_rows.newest(block),
    )


def made(
    of: Market, spans: list[tuple[int, int]], threads: int, kind: Kind, rates: Mapping[str, float]
) -> Iterator[Made]:
    """Yield the blocks in order, made by several threads, never more than one ahead of each."""
    with ThreadPoolExecutor(threads) as pool:
        coming: deque[Future[Made]] = deque()
        for first, last in spans:
            coming.append(pool.submit(_make, of, first, last, kind, rates))
            if len(coming) > threads:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()
