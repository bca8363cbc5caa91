"""Write a whole market: feeds, truth, and the note that says that it is simulated."""

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from simulator import contract_masters, contract_orders, contract_waybills, names, truth_rows, truth_tables
from simulator import faults as faulty
from simulator.contract_orders import Table
from simulator.demand import Market, blocks, market
from simulator.fault_files import FaultFiles
from simulator.faults import Extra
from simulator.faults import rates as fault_rates
from simulator.happenings import happenings
from simulator.parquet import Writer

PROVIDER = "waymart"
ENTITIES = ("orders", "order_lines", "payments", "refunds", "waybills", "waybill_events")


@dataclass(frozen=True)
class Made:
    """A block as tables, ready to be written."""

    feeds: dict[str, Table]
    extras: list[Extra]
    truth: dict[str, Table]
    newest: int


@dataclass(frozen=True)
class Period:
    """Days that share a file of each entity: first included, last excluded."""

    name: str
    first: int
    last: int


def periods(from_date: date, to_date: date, orders: int, orders_per_file: int) -> list[Period]:
    """Return the files' days: whole years, quarters, months or single days, as coarse as the size allows."""
    days = [from_date + timedelta(days=n) for n in range((to_date - from_date).days + 1)]
    per_day = orders / len(days)
    names_of: dict[int, Callable[[date], str]] = {
        365: lambda day: f"{day:%Y}",
        91: lambda day: f"{day.year}-q{(day.month + 2) // 3}",
        30: lambda day: f"{day:%Y-%m}",
        1: lambda day: f"{day:%Y-%m-%d}",
    }
    name_of = next(
        (name for length, name in names_of.items() if per_day * length <= orders_per_file), names_of[1]
    )
    found: list[Period] = []
    for n, day in enumerate(days):
        if found and found[-1].name == name_of(day):
            found[-1] = Period(found[-1].name, found[-1].first, n + 1)
        else:
            found.append(Period(name_of(day), n, n + 1))
    return found


def _make(of: Market, first: int, last: int, rates: Mapping[str, float]) -> Made:
    """Make one block of orders."""
    block = happenings(of, first, last)
    number = names.order_numbers(of, block.orders.index, block.orders.day)
    waybill = names.waybill_numbers(block.parcels.courier, block.parcels.number)
    scans = contract_waybills.known_scans(block)
    feeds = {
        "orders": contract_orders.orders(of, block, number),
        "order_lines": contract_orders.order_lines(block, number),
        "payments": contract_orders.payments(of, block, number),
        "refunds": contract_orders.refunds(block, number),
        "waybills": contract_waybills.waybills(of, block, number, waybill),
        "waybill_events": contract_waybills.waybill_events(block, scans, waybill),
    }
    extras = faulty.apply(of, block, number, waybill, feeds, rates) if any(rates.values()) else []
    return Made(
        feeds=feeds,
        extras=extras,
        truth={
            "orders": truth_rows.orders(of, block, number),
            "waybills": truth_rows.waybills(of, block, waybill),
        },
        newest=truth_rows.newest(block),
    )


def _write(writers: dict[str, Writer], tables: dict[str, Table]) -> None:
    for entity, table in tables.items():
        writers[entity].write(table)


def _made(
    of: Market, spans: list[tuple[int, int]], threads: int, rates: Mapping[str, float]
) -> Iterator[Made]:
    """Yield the blocks in order, made by several threads, never more than one ahead of each."""
    with ThreadPoolExecutor(threads) as pool:
        coming: deque[Future[Made]] = deque()
        for first, last in spans:
            coming.append(pool.submit(_make, of, first, last, rates))
            if len(coming) > threads:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()


def write_market(
    orders: int,
    from_date: date,
    to_date: date,
    seed: int,
    out: Path,
    *,
    until_date: date | None = None,
    feeds: Literal["contract"] = "contract",
    faults: Mapping[str, float] | None = None,
    orders_per_file: int = 100_000,
    threads: int = 2,
    progress: Callable[[float], None] | None = None,
) -> None:
    """Write a market of this many orders, placed from one date to another (both included), to a folder.

    The same arguments give the same bytes; `threads` changes only the time it takes. Memory does not grow
    with the number of orders.

    Args:
        orders: orders placed in all, at least 1.
        from_date: first day.
        to_date: last day on which orders are placed.
        seed: another seed is another market.
        out: a folder, made if need be; it gets `simulated.json`, `feeds/` and `truth/`.
        until_date: the feeds and the truth tell what is known at the end of this day in China; `to_date` if
            not given, so that parcels are still on their way.
        feeds: "contract" = the raw contract's own columns.
        faults: how often each thing goes wrong (`simulator.faults.FAULTS` names them with usual rates);
            `truth/faults.parquet` lists every touched row.
        orders_per_file: a file holds whole days of at most about so many orders.
        threads: how many blocks are made at once.
        progress: called with the part done, 0 to 1.

    Raises:
        ValueError: there is no order or no day to write, or a fault is not known.
    """
    until = until_date or to_date
    if orders < 1 or not from_date <= to_date <= until:
        raise ValueError("A market needs at least one order, and days in their order.")
    rate = fault_rates(faults)
    of = market(orders, from_date, to_date, until, seed, rate["recycled_numbers"])
    out.mkdir(parents=True, exist_ok=True)
    note: dict[str, object] = {
        "orders": orders,
        "from": str(from_date),
        "to": str(to_date),
        "until": str(until),
        "seed": seed,
    }
    note |= {"simulated": True, "feeds": feeds, "faults": {name: part for name, part in rate.items() if part}}
    (out / "simulated.json").write_text(json.dumps(note, indent=1) + "\n", encoding="utf-8")
    folder = out / "feeds" / PROVIDER
    for entity, tables in (
        ("merchants", contract_masters.merchants(of)),
        ("products", contract_masters.products(of)),
    ):
        with Writer(folder / entity / "all.parquet") as writer:
            for table in tables:
                writer.write(table)
    newest, done = 0, 0
    with ExitStack() as stack:
        truth = {
            entity: stack.enter_context(Writer(out / "truth" / f"{entity}.parquet"))
            for entity in ("orders", "waybills")
        }
        touched = stack.enter_context(Writer(out / "truth" / truth_tables.TOUCHED))
        feed_pen, truth_pen = (stack.enter_context(ThreadPoolExecutor(1)) for _ in range(2))
        for period in periods(from_date, to_date, orders, orders_per_file):
            with Writer(folder / "consumers" / f"{period.name}.parquet") as writer:
                for table in contract_masters.accounts(of, period.first, period.last):
                    writer.write(table)
            with ExitStack() as files:
                writers = {
                    entity: files.enter_context(Writer(folder / entity / f"{period.name}.parquet"))
                    for entity in ENTITIES
                }
                beside = FaultFiles(out, folder, period.name, touched)
                files.callback(beside.close)
                pending: list[Future[None]] = []
                for made in _made(of, list(blocks(of.starts, period.first, period.last)), threads, rate):
                    for written in pending:
                        written.result()
                    pending = [
                        feed_pen.submit(_write, writers, made.feeds),
                        truth_pen.submit(_write, truth, made.truth),
                    ]
                    for extra in made.extras:
                        beside.write(extra)
                    newest = max(newest, made.newest)
                    done += len(made.truth["orders"]["order_number"])
                    if progress:
                        progress(done / orders)
                for written in pending:
                    written.result()
    truth_tables.write(out / "truth", newest)
