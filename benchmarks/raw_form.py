"""Measure the raw layer in two forms: DuckDB tables, and Parquet files owned by a ledger table.

Run it with ``python -m benchmarks.raw_form --orders 4000000 --pushes 10000``. The floor is what DuckDB
needs without ledger, keys and duplicates, measured in the same run, file by file beside the two forms
(``create table as select *``; the same query on those tables; one plain ``copy``).

Only scans (``raw.waybill_events``) are made: with 8 per order they are nearly all of the raw layer.
The counts of both forms are checked against the count that was made, and their contents against each other.
"""

import mmap
import multiprocessing
import os
import random
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Annotated

import duckdb
import typer
from rich.console import Console
from rich.table import Table

from benchmarks.raw_stores import Form, LedgerFiles, Store, Tables, connect, scalar
from benchmarks.scan_feeds import CODES, HOURS, make_day, make_pushes

DAYS = ("2026-11-11", "2026-11-12")


def milestones(relation: str, before: str) -> str:
    """Return a query: the first time of each milestone per parcel, all of it folded to one number."""
    firsts = ", ".join(
        f"min(occurred_at) filter (event_code = '{code}') as {code}_at" for code in dict.fromkeys(CODES)
    )
    return f"""
        select bit_xor(hash(waybill)) % 1000000007 from (
            select waybill_number, {firsts} from {relation} where occurred_at < '{before}' group by all
        ) as waybill
    """


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that some work takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def load_all(form: Form, files: list[Path]) -> None:
    """Load files one by one and settle."""
    for file in files:
        form.load(file)
    form.settle()


class Floor:
    """What DuckDB needs for the bare work: one table per day, no key, no ledger; the first day is kept."""

    def __init__(self, home: Path, memory_gb: int) -> None:
        """Create the database."""
        home.mkdir()
        self.path = home / "floor.duckdb"
        self.connection = connect(self.path, memory_gb)
        self.connection.execute("create schema raw; create schema later")
        self.loaded = 0

    def load(self, file: Path) -> None:
        """Make the day's table of its first file, and add the others."""
        table = f"{'raw' if self.loaded < HOURS else 'later'}.waybill_events"
        verb = f"insert into {table}" if self.loaded % HOURS else f"create table {table} as"
        self.connection.execute(f"{verb} select * from read_parquet('{file}')")
        self.loaded += 1

    def settle(self) -> None:
        """Write the log into the file; let go of a later day."""
        self.connection.execute("checkpoint; drop table if exists later.waybill_events")

    def size(self) -> int:
        """Return the bytes of the database file."""
        return self.path.stat().st_size


def load_in_child(home: Path, files: list[Path], memory_gb: int) -> None:
    """Load files as a process of its own, which the crash test kills."""
    load_all(Tables(home, memory_gb), files)


def crash(home: Path, files: list[Path], memory_gb: int, seed: int) -> str:
    """Kill loading processes with SIGKILL at random moments; return what was seen after each."""
    context = multiprocessing.get_context("spawn")
    moments = random.Random(seed)
    seen = []
    for _ in range(5):
        child = context.Process(target=load_in_child, args=(home, files, memory_gb))
        child.start()
        child.join(moments.uniform(1, 5))
        was_killed = child.is_alive()
        child.kill()
        child.join()
        after = Tables(home, memory_gb)
        rows = scalar(after.connection, "select count(*) from raw.waybill_events")
        owned = scalar(after.connection, "select coalesce(sum(loaded_count), 0) from raw.loads")
        loads = scalar(after.connection, "select count(*) from raw.loads")
        after.connection.close()
        if rows != owned:
            raise SystemExit(f"After a kill the table has {rows} rows and the ledger owns {owned}.")
        seen.append(f"{loads}{'' if was_killed else ' (had ended)'}")
    whole, undisturbed = Tables(home, memory_gb), Tables(home / "undisturbed", memory_gb)
    both = []
    for form in (whole, undisturbed):
        load_all(form, files)
        both.append(scalar(form.connection, "select sum(_event_key) + count(*) from raw.waybill_events"))
        form.connection.close()
    if both[0] != both[1]:
        raise SystemExit("The warehouse that was killed differs from the undisturbed one.")
    return f"tables killed 5 times (seed {seed}); loads after each: {', '.join(seen)}; then as if undisturbed"


def traces(home: Path) -> str:
    """Search the files for an erased word, uncompressed so that a plain search would find it."""
    home.mkdir()
    word, path, new = b"ERASED-PERSON-4711", home / "traces.duckdb", home / "new.duckdb"
    steps = {
        "delete + checkpoint": f"delete from people where name = '{word.decode()}'; checkpoint",
        "table rewritten in place": "create table kept as from people; drop table people; checkpoint",
        "copied to a new file": f"attach '{new}' as new; create table new.people as from kept; detach new",
    }
    said = []
    with duckdb.connect(str(path)) as connection:
        connection.execute("pragma force_compression = 'uncompressed'")
        name = f"if(range = 4711, '{word.decode()}', 'person ' || range)"
        connection.execute(f"create table people as select {name} as name from range(1000000); checkpoint")
        for step, sql in steps.items():
            connection.execute(sql)
            with (new if new.exists() else path).open("rb") as file:
                found = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ).find(word) >= 0
            said.append(f"{step}: {'still there' if found else 'gone'}")
    return "; ".join(said)


@dataclass(frozen=True)
class Measure:
    """One line of the result; ``took`` is the floor (where it has such a step), tables, Parquet."""

    name: str
    took: Sequence[float]
    unit: str = "s"


def report(measures: list[Measure], notes: list[str], title: str) -> None:
    """Print the measures with their ratios to the floor."""
    table = Table(
        "measure", "unit", "floor", "tables", "Parquet", "tables ÷ floor", "Parquet ÷ floor", title=title
    )
    for m in measures:
        *floor, tables, files = m.took
        shown = [f"{value:,.4g}" for value in (tables, files)]
        ratios = [f"{value / floor[0]:.2f}" for value in (tables, files)] if floor else []
        table.add_row(m.name, m.unit, f"{floor[0]:,.4g}" if floor else "", *shown, *ratios)
    console = Console(width=150)
    console.print(table)
    for note in notes:
        console.print(f"- {note}")


def check_same(tables: Form, files: Form, expected: int) -> None:
    """Stop unless both forms hold the expected number of rows and the same rows."""
    sql = "select count(*), sum(_event_key) from raw.waybill_events"
    answers = [form.connection.execute(sql).fetchone() for form in (tables, files)]
    if answers[0] != answers[1] or answers[0] is None or answers[0][0] != expected:
        raise SystemExit(f"The forms differ: {answers}, expected {expected} rows.")


def load_days(home: Path, orders: int, stores: Sequence[Store]) -> list[Measure]:
    """Load two days into the three stores, each file into all before the next, so that noise meets all."""
    measures = []
    for day in DAYS:
        files = make_day(home / day, day, orders)
        took = [0.0, 0.0, 0.0]
        for file in files:
            for i, store in enumerate(stores):
                took[i] += timed(partial(store.load, file))
        for i, store in enumerate(stores):
            took[i] += timed(store.settle)
        measures.append(Measure(f"load day {day}: {8 * orders:,} scans, {HOURS} files", took))
        if day == DAYS[0]:
            sizes = [store.size() / 2**20 for store in stores]
            measures.append(Measure("size on disk, one day", sizes, "MiB"))
        shutil.rmtree(home / day)
    return measures


def read_first_day(stores: Sequence[Store]) -> Measure:
    """Find the milestones of the first day in each store, the best of three rounds; all must agree."""
    rounds, answers = [], set()
    for _ in range(3):
        took = []
        for store in stores:
            start = perf_counter()
            answers.add(scalar(store.connection, milestones("raw.waybill_events", DAYS[1])))
            took.append(perf_counter() - start)
        rounds.append(took)
    if len(answers) != 1:
        raise SystemExit(f"The milestones differ: {answers}")
    return Measure("read: milestones of the first day", [min(times) for times in zip(*rounds, strict=True)])


def export_first_day(home: Path, floor: Floor, tables: Form) -> Measure:
    """Copy a day to Parquet by date, beside one plain file; the Parquet form has nothing to copy."""
    day = f"from raw.waybill_events where occurred_at < '{DAYS[1]}'"
    zstd = "format parquet, compression zstd"
    flat = f"copy (select * {day}) to '{home}/flat.parquet' ({zstd})"
    dated = f"copy (select *, occurred_at::date as occurred_date {day}) to '{home}/dated'"
    plain = timed(partial(floor.connection.execute, flat))
    by_date = timed(partial(tables.connection.execute, f"{dated} ({zstd}, partition_by (occurred_date))"))
    (home / "flat.parquet").unlink()
    shutil.rmtree(home / "dated")
    return Measure("export a day for Spark, partitioned", (plain, by_date, 0))


def measure_bulk(
    home: Path, orders: int, memory_gb: int, console: Console
) -> tuple[list[Measure], list[str]]:
    """Load two days, read the first, export it, push a little against both, erase 100 parcels."""
    floor, tables = Floor(home / "floor", memory_gb), Tables(home / "tables", memory_gb)
    files = LedgerFiles(home / "files", memory_gb)
    measures = load_days(home, orders, (floor, tables, files))
    check_same(tables, files, 16 * orders)
    console.print("loaded two days")
    measures += [read_first_day((floor, tables, files)), export_first_day(home, floor, tables)]
    floor.connection.close()

    few = make_pushes(home / "few", DAYS[1], 50)
    took = [
        sum(timed(partial(form.load, push)) for push in few) / len(few) * 1000 for form in (tables, files)
    ]
    measures.append(Measure("one push against the two days", took, "ms"))
    measures.append(Measure("checkpoint after 50 such", [timed(form.settle) for form in (tables, files)]))
    held = scalar(tables.connection, "select count(*) from raw.waybill_events")
    check_same(tables, files, held)
    console.print("read, exported and pushed against two days")

    first = f"from raw.waybill_events where occurred_at < timestamptz '{DAYS[0]} 03:00:00+00'"
    sql = f"select distinct waybill_number {first} order by hash(waybill_number) limit 100"
    numbers = [str(number) for (number,) in tables.connection.execute(sql).fetchall()]
    took = [timed(partial(form.erase, numbers)) for form in (tables, files)]
    left = scalar(tables.connection, "select count(*) from raw.waybill_events")
    check_same(tables, files, left)
    rewritten = timed(tables.rewrite)
    measures.append(Measure("erase 100 waybills from every reader", took))
    measures.append(Measure("erase their bytes too (rewrite)", (took[0] + rewritten, took[1])))
    tables.connection.close()
    files.connection.close()
    return measures, [f"erased {held - left} rows; in a table's file after {traces(home / 'traces')}"]


def measure_pushes(
    home: Path, pushes: int, memory_gb: int, budget_s: float
) -> tuple[list[Measure], list[str]]:
    """Load one small file per push, then read them all; beyond the budget Parquet stops looking back."""
    feeds = make_pushes(home / "pushes", DAYS[1], pushes)
    tables, files = Tables(home / "push-tables", memory_gb), LedgerFiles(home / "push-files", memory_gb)
    took = timed(partial(load_all, tables, feeds)) / pushes * 1000
    start = perf_counter()
    looked_back = 0
    while looked_back < pushes and perf_counter() - start < budget_s:
        files.load(feeds[looked_back])
        looked_back += 1
    slow = (perf_counter() - start) / looked_back * 1000
    last = timed(partial(files.load, feeds[-1])) * 1000
    start = perf_counter()
    for file in feeds[looked_back:-1]:
        files.load(file, look_back=False)
    blind = (perf_counter() - start) / max(pushes - looked_back, 1) * 1000
    files.settle()
    check_same(tables, files, 7 * pushes)
    with duckdb.connect() as connection:
        names = "[" + ", ".join(f"'{feed}'" for feed in feeds) + "]"
        connection.execute("set timezone = 'UTC'")
        make = f"create schema raw; create table raw.waybill_events as from read_parquet({names})"
        plain = timed(partial(connection.execute, make))
        sql = milestones("raw.waybill_events", "2027-01-01")
        reads = [timed(partial(scalar, c, sql)) for c in (connection, tables.connection, files.connection)]
    measures = [
        Measure(f"one push of {pushes:,}, 7 scans each", (plain / pushes * 1000, took, slow), "ms"),
        Measure("read all pushes: milestones", reads),
        Measure("size of all pushes", [form.size() / 2**20 for form in (tables, files)], "MiB"),
    ]
    tables.connection.close()
    files.connection.close()
    note = (
        f"Parquet looked back for duplicates in {looked_back:,} of {pushes:,} pushes ({budget_s:.0f} s),"
        f" the one after them took {last:.0f} ms; the others did not look back and took {blind:.1f} ms each"
    )
    return measures, [note]


def main(
    orders: Annotated[int, typer.Option(help="orders per day; 8 scans each")] = 400_000,
    pushes: Annotated[int, typer.Option(help="files of one push, 7 scans each")] = 10_000,
    memory_gb: Annotated[
        int, typer.Option(help="memory limit of each database, GB; three are open at once")
    ] = 2,
    push_budget_s: Annotated[float, typer.Option(help="seconds for pushes that look back, Parquet")] = 60,
    seed: Annotated[int, typer.Option(help="seed of the moments at which loading is killed")] = 20261111,
    scratch: Annotated[Path | None, typer.Option(help="folder for the files made; they are deleted")] = None,
) -> None:
    """Measure both forms and print one table."""
    console = Console()
    home = Path(tempfile.mkdtemp(prefix="raw_form-", dir=scratch))
    try:
        small, small_notes = measure_pushes(home, pushes, memory_gb, push_budget_s)
        console.print("pushed")
        (home / "crash").mkdir()
        crash_note = crash(
            home / "crash", make_day(home / "crash" / "feed", DAYS[0], orders)[:6], memory_gb, seed
        )
        shutil.rmtree(home / "crash")
        console.print("crashed")
        large, large_notes = measure_bulk(home, orders, memory_gb, console)
    finally:
        shutil.rmtree(home)
    machine = f"{os.cpu_count()} cores, {memory_gb} GB"
    title = f"raw layer, {orders:,} orders a day, DuckDB {duckdb.__version__}, {machine}"
    report(large + small, [*large_notes, *small_notes, crash_note], title)


if __name__ == "__main__":
    typer.run(main)
