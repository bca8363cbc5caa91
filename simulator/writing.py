"""Write a whole market: feeds, truth, and the note that says that it is simulated."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Literal

import numpy as np

from simulator.contract import masters
from simulator.contract.rate_cards import rate_cards
from simulator.faults.rates import rates
from simulator.files.day_files import DayFiles
from simulator.files.fault_files import FaultFiles
from simulator.files.feed_files import FeedFiles
from simulator.files.parquet import Writer
from simulator.files.periods import periods
from simulator.life.demand import blocks
from simulator.life.loads import with_loads
from simulator.making import Made, made
from simulator.truth import border, choices, people, tables
from simulator.truth.injections import injections
from simulator.world.assignments import read_assignments
from simulator.world.draws import I64
from simulator.world.market import Market, open_market
from simulator.world.parts import check_parts


def write_market(
    orders: int,
    from_date: date,
    to_date: date,
    seed: int,
    out: Path,
    *,
    until_date: date | None = None,
    cross_border: float = 0.01,
    feeds: Literal["contract", "providers"] = "contract",
    faults: Mapping[str, float] | None = None,
    daily: bool = False,
    orders_per_file: int = 100_000,
    threads: int = 2,
    progress: Callable[[float], None] | None = None,
    parts: Collection[str] = (),
    assignments: Path | None = None,
    inject: Sequence[str] = (),
    story: Literal["told", "off"] = "told",
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
        cross_border: share of orders that go abroad: bought on Shopify, in other currencies. Assumption.
        feeds: "contract" = the raw contract's own columns, "providers" = the formats of trackers and
            platforms, which leave out what they have no field for.
        faults: how often each thing goes wrong (`simulator.faults.rates.FAULTS` names them with usual rates);
            `truth/faults.parquet` lists every touched row.
        daily: the contract's feed in a folder per day of China on which its rows arrive, orders as known at
            the end of each day on which they changed; all days together say what the whole feed says.
        orders_per_file: a file holds whole days of at most about so many orders.
        threads: how many blocks are made at once.
        progress: called with the part done, 0 to 1.
        parts: what the market has beyond the plain one (`simulator.world.parts.PARTS`; "all" = every part).
        inject: changes with date, place and size (`simulator.world.injections`); `truth/injections.parquet`
            lists them with what they touched.
        story: "off" = a quiet market: no trend, no move, no peaks but the seasons.
        assignments: a file that sends named parcels with other couriers, all else being the same.

    Raises:
        ValueError: there is no order or no day to write, a fault or part is not known, a feed by days is
            asked for with faults or in the providers' formats, or assignments name what is not there.
    """
    until = until_date or to_date
    if orders < 1 or not from_date <= to_date <= until:
        raise ValueError("A market needs at least one order, and days in their order.")
    rate = rates(faults, feeds)
    if daily and (feeds != "contract" or any(rate.values())):
        raise ValueError("A feed by days is the contract's, without faults.")
    market = with_loads(
        open_market(
            orders,
            from_date,
            to_date,
            until,
            seed,
            cross_border,
            rate["recycled_numbers"],
            parts,
            read_assignments(assignments) if assignments else None,
            inject,
            is_quiet=story == "off",
        )
    )
    out.mkdir(parents=True, exist_ok=True)
    note = {
        "simulated": True,
        "orders": orders,
        "from": str(from_date),
        "to": str(to_date),
        "until": str(until),
        "seed": seed,
        "cross_border": cross_border,
        "feeds": feeds,
        "daily": daily,
        "faults": {name: part for name, part in rate.items() if part},
    }
    if inject:
        note["inject"] = list(inject)
    if story == "off":
        note["story"] = story
    if parts:
        note["parts"] = sorted(check_parts(parts))
    (out / "simulated.json").write_text(json.dumps(note, indent=1) + "\n", encoding="utf-8")
    with ExitStack() as stack:
        truth = {
            entity: stack.enter_context(
                Writer(out / "truth" / f"{entity}.parquet", has_many_numbers=entity == "parcel_couriers")
            )
            for entity in _entities(market)
        }
        faulty = stack.enter_context(Writer(out / "truth" / tables.TOUCHED))
        feed_pen, truth_pen = (stack.enter_context(ThreadPoolExecutor(1)) for _ in range(2))
        days = DayFiles(out / "feeds", from_date) if daily else None
        first_files = days or FeedFiles(out / "feeds", "all")
        stack.callback(first_files.close)
        if feeds == "contract":
            _write_masters(market, first_files)
        _write_network(market, out / "truth")
        _write_people(market, out / "truth")
        _write_border(market, out / "truth")
        newest, done = 0, 0
        touched = np.zeros((len(market.injections), 2), np.int64)
        for period in periods(from_date, to_date, orders, 1 if daily else orders_per_file):
            files = days or FeedFiles(out / "feeds", period.name)
            beside = FaultFiles(out, period.name, faulty)
            if feeds == "contract":
                for table in masters.accounts(market, period.first, period.last):
                    files.write_table("consumers", table)
            pending: list[Future[None]] = []
            spans = list(blocks(market.starts, period.first, period.last))
            for block in made(market, spans, threads, "daily" if daily else feeds, rate):
                for written in pending:
                    written.result()
                pending = [feed_pen.submit(files.write, block), truth_pen.submit(_write_truth, truth, block)]
                for extra in block.extras:
                    beside.write(extra)
                newest = max(newest, block.newest)
                touched += block.touched
                done += len(block.truth["orders"]["order_number"])
                if progress:
                    progress(done / orders)
            for written in pending:
                written.result()
            files.end(period)
            beside.close()
    _write_injections(market, out / "truth", touched)
    tables.write(out / "truth", newest, has_consumers="consumers" in market.parts)


def _write_truth(truth: dict[str, Writer], block: Made) -> None:
    for entity, table in block.truth.items():
        truth[entity].write(table)


def _write_injections(market: Market, folder: Path, touched: I64) -> None:
    """Write what was put into the market and what it touched."""
    if market.injections:
        with Writer(folder / "injections.parquet") as file:
            file.write(injections(market.injections, touched))


def _entities(market: Market) -> list[str]:
    """Return the truth's tables that are written block by block."""
    return [
        "orders",
        "waybills",
        *(["parcel_couriers"] if market.network else []),
        *(["repeats"] if "consumers" in market.parts else []),
        *(["order_lines"] if market.lives else []),
        *(["border_crossings"] if market.hub_queues else []),
        *(["returns", "claims"] if "claims" in market.parts else []),
        *(["wrong_bills"] if "cards" in market.parts else []),
    ]


def _write_people(market: Market, folder: Path) -> None:
    """Write what accounts like, why brands rise and when products are launched, where there is that part."""
    if "consumers" in market.parts:
        with Writer(folder / "accounts.parquet") as file:
            for table in people.accounts(market):
                file.write(table)
        with Writer(folder / "causes.parquet") as file:
            file.write(people.causes(market))
        with Writer(folder / "category_shares.parquet") as file:
            file.write(people.category_shares())
    if market.lives is not None:
        with Writer(folder / "products.parquet") as file:
            for table in people.products(market, market.lives):
                file.write(table)


def _write_border(market: Market, folder: Path) -> None:
    """Write hubs, rules, duties and rates of exchange, where the market knows of them."""
    if market.hub_queues is None:
        return
    every = {
        "hub_days": border.hub_days(market.hub_queues),
        "import_rules": border.rules(),
        "tariffs": border.tariffs(),
        "exchange_rates": border.rates_of_exchange(market),
    }
    for name, table in every.items():
        with Writer(folder / f"{name}.parquet") as file:
            file.write(table)


def _write_network(market: Market, folder: Path) -> None:
    """Write the couriers' rate cards and contracts, where they have them."""
    if market.network is None:
        return
    with Writer(folder / "rate_cards.parquet") as cards, Writer(folder / "contracts.parquet") as contracts:
        cards.write(choices.rate_cards(market.network))
        for table in choices.contracts(market, market.network):
            contracts.write(table)


def _write_masters(market: Market, files: FeedFiles | DayFiles) -> None:
    """Write what does not depend on the day."""
    for table in masters.merchants(market):
        files.write_table("merchants", table)
    for table in masters.products(market):
        files.write_table("products", table)
    if market.points is not None:
        for table in masters.pickup_points(market, market.points):
            files.write_table("pickup_points", table)
    if "cards" in market.parts:
        for table in rate_cards(market):
            files.write_table("rate_cards", table)
