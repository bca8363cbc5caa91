"""Blocks of the market as tables and lines, made by several threads, in order."""

from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np

from simulator.contract import aftersales, names
from simulator.contract import orders as contract_orders
from simulator.contract import waybills as contract_waybills
from simulator.contract.arrivals import arrivals
from simulator.contract.columns import Bytes
from simulator.contract.orders import Table
from simulator.faults import contract_faults
from simulator.faults.contract_faults import Extra
from simulator.life.alternatives import alternatives
from simulator.life.happenings import Happenings, happenings
from simulator.life.injected import touched
from simulator.providers import feeds
from simulator.truth import aftersales as truth_aftersales
from simulator.truth import border, choices, people, rows
from simulator.truth.billing import wrong_bills
from simulator.world.draws import I64
from simulator.world.market import Market

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
    touched: I64  # injection × (mature parcels, fen)


def _contract(market: Market, block: Happenings, number: Bytes, waybill: Bytes) -> dict[str, Table]:
    scans = contract_waybills.known_scans(market, block)
    return {
        "orders": contract_orders.orders(market, block, number),
        "order_lines": contract_orders.order_lines(block, number),
        "payments": contract_orders.payments(market, block, number),
        "refunds": contract_orders.refunds(block, number),
        "waybills": contract_waybills.waybills(market, block, number, waybill),
        "waybill_events": contract_waybills.waybill_events(block, scans, waybill),
        **({"returns": aftersales.returns(block, number)} if block.returns else {}),
        **({"claims": aftersales.claims(market, block, waybill)} if block.claims else {}),
    }


def _make(market: Market, first: int, last: int, kind: Kind, rates: Mapping[str, float]) -> Made:
    """Make one block of orders."""
    block = happenings(market, first, last)
    number = names.order_numbers(market, block.orders.index, block.orders.day)
    waybill = names.waybill_numbers(block.parcels.courier, block.parcels.number)
    tables: dict[str, Table] = {}
    by_day: dict[str, tuple[Table, I64]] = {}
    lines: dict[str, list[str]] = {}
    extras: list[Extra] = []
    if kind == "providers":
        lines, extras = feeds.provider_lines(market, block, number, waybill, rates)
    else:
        tables = _contract(market, block, number, waybill)
        if any(rates.values()):
            extras = contract_faults.apply(market, block, number, waybill, tables, rates)
        if kind == "daily":
            tables, by_day = {}, arrivals(block, tables)
    truth = {
        "orders": rows.orders(market, block, number),
        "waybills": rows.waybills(market, block, waybill),
    }
    if market.network is not None:
        truth["parcel_couriers"] = choices.parcel_couriers(block, alternatives(market, block), waybill)
    if block.repeats is not None:
        truth["repeats"] = people.repeats(market, block.repeats, number)
    if block.returns is not None:
        truth["returns"] = truth_aftersales.returns(block, number)
    if block.claims is not None:
        truth["claims"] = truth_aftersales.claims(block, waybill)
    if "cards" in market.parts:
        truth["wrong_bills"] = wrong_bills(market, block, waybill)
    if block.told is not None:
        truth["border_crossings"] = border.border_crossings(market, block, waybill)
    if market.lives is not None:
        truth["order_lines"] = people.order_lines(market, block, number)
    first_line = block.goods.first_line[block.parcels.order]
    category = market.shops.category[block.goods.product[first_line]].astype(np.int64)
    placed = block.orders.placed[block.parcels.order]
    return Made(
        tables=tables,
        arrivals=by_day,
        lines=lines,
        extras=extras,
        truth=truth,
        newest=rows.newest(block),
        touched=touched(market, block.parcels, block.way.scans, block.parcel_gmv, category, placed),
    )


def made(
    market: Market, spans: list[tuple[int, int]], threads: int, kind: Kind, rates: Mapping[str, float]
) -> Iterator[Made]:
    """Yield the blocks in order, made by several threads, never more than one ahead of each."""
    with ThreadPoolExecutor(threads) as pool:
        coming: deque[Future[Made]] = deque()
        for first, last in spans:
            coming.append(pool.submit(_make, market, first, last, kind, rates))
            if len(coming) > threads:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()
