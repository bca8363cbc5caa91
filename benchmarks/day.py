"""One day of a market through the line, beside the least it could cost and beside other engines.

Run it with ``python -m benchmarks.day --orders 4000000``. Every program runs in a process of its own on the
same feed in the same run, so that ratios mean something on a noisy machine. The floor and the peers do one
small job (``benchmarks.floor``), and their cells must be equal; the line loads, checks, builds, audits and
publishes everything, and is held against the same feed copied into tables. The last line is one JSON object.
"""

import importlib
import json
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import duckdb
import psutil
import typer
from rich.console import Console
from rich.table import Table

from benchmarks import floor
from benchmarks.figures import WAYMART

DAY = date(2019, 6, 18)
_SEED = 7
_PACKAGES = {"floor": "duckdb", "polars": "polars", "chdb": "chdb", "pandas": "pandas", "spark": "pyspark"}
#: Beyond this many orders pandas, which holds every scan as Python objects, is left out.
_PANDAS_ORDERS_MAX = 1_000_000


@dataclass
class Run:
    """What a program took: seconds, peak memory of all its processes and peak disk, bytes."""

    seconds: float = 0.0
    core_seconds: float = 0.0
    memory: int = 0
    disk: int = 0


def _memory(process: psutil.Process) -> int:
    try:
        return sum(one.memory_info().rss for one in [process, *process.children(recursive=True)])
    except psutil.NoSuchProcess:
        return 0


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):  # a temporary file may go while we look
            total += path.stat().st_size if path.is_file() and not path.is_symlink() else 0
    return total


@contextmanager
def _watched(run: Run, process: psutil.Process, folder: Path) -> Iterator[None]:
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(0.2):
            run.memory = max(run.memory, _memory(process))
            run.disk = max(run.disk, _size(folder))

    watcher = threading.Thread(target=look)
    watcher.start()
    begun = time.perf_counter()
    try:
        yield
    finally:
        run.seconds = time.perf_counter() - begun
        ended.set()
        watcher.join()


def timed(command: list[str], folder: Path, environment: dict[str, str] | None = None) -> Run:
    """Run a program whose state lies in ``folder``; its own output is shown only when it fails."""
    run = Run()
    used = _core_seconds()
    with (folder / "output").open("w+") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)
        with _watched(run, psutil.Process(process.pid), folder):
            code = process.wait()
        if code:
            output.seek(0)
            raise SystemExit(f"{' '.join(command)} ended with {code}:\n{output.read()[-2_000:]}")
    run.core_seconds = _core_seconds() - used
    return run


def _core_seconds() -> float:
    """Processor time of all programs that were run to their ends."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def engine_run(name: str, feed: Path, folder: Path) -> Run:
    """Do the small job with an engine, or with `rows` copy the feed into tables; return what it took."""
    folder.mkdir()
    return timed([sys.executable, "-m", "benchmarks.day", "--engine", name, str(feed), str(folder)], folder)


def line_steps(market: Path, folder: Path) -> dict[str, Run]:
    """Bring a market through the line, into ``folder / "home"``; return what each step took."""
    folder.mkdir()
    environment = {**psutil.Process().environ(), "WAYMART_HOME": str(folder / "home")}
    steps = {"ingest": ["ingest", "waymart", str(market)]} | {
        step: [step] for step in ("build", "audit", "publish")
    }
    return {name: timed([*WAYMART, *step], folder, environment) for name, step in steps.items()}


def whole_of(steps: dict[str, Run]) -> Run:
    """Return what steps one after the other took."""
    return Run(
        sum(run.seconds for run in steps.values()),
        sum(run.core_seconds for run in steps.values()),
        max(run.memory for run in steps.values()),
        max(run.disk for run in steps.values()),
    )


def _same(one: Path, other: Path) -> bool:
    cells = "select calendar_date::integer, {} from read_parquet('{}')"
    columns = ", ".join(f'"{name}"' for name in floor.COLUMNS[1:])
    first, second = (cells.format(columns, path / "cells.parquet") for path in (one, other))
    query = f"select count(*) from (({first} except all {second}) union all ({second} except all {first}))"
    return duckdb.sql(query).fetchone() == (0,)


def _row(table: Table, name: str, run: Run, least: Run, note: str = "") -> None:
    table.add_row(
        name, f"{run.seconds:,.1f}", f"{run.core_seconds:,.1f}", f"{run.seconds / least.seconds:.1f}",
        f"{run.memory / 2**30:.1f}", f"{run.disk / 2**30:.1f}", note,
    )  # fmt: skip


def main(
    orders: Annotated[int, typer.Option(help="Orders of the day.")] = 4_000_000,
    peers: Annotated[bool, typer.Option(help="Do the small job in other engines too.")] = True,
    line: Annotated[bool, typer.Option(help="Bring the day through the whole line.")] = True,
    keep: Annotated[
        Path | None, typer.Option(help="Folder of an existing market, or where to keep it.")
    ] = None,
    engine: Annotated[tuple[str, Path, Path] | None, typer.Option(hidden=True)] = None,
) -> None:
    """Print seconds, ratio to the floor, peak memory and disk of every program."""
    if engine is not None:
        name, feed, folder = engine
        if name == "floor":
            floor.write_cells(feed, folder)
        elif name == "rows":
            floor.keep_rows(feed, folder)
        else:
            importlib.import_module("benchmarks.peers").PEERS[name](feed, folder)
        return
    table = Table(
        "program",
        "seconds",
        "core-seconds",
        "× floor",
        "memory GiB",
        "disk GiB",
        "",
        title=f"{orders:,} orders",
    )
    with TemporaryDirectory(dir=keep) as temporary:
        work = Path(temporary)
        market = _market(orders, keep / "market" if keep else work / "market")
        feed = market / "feeds" / "waymart"
        least = engine_run("floor", feed, work / "floor")
        runs = {"floor": least}
        _row(table, f"floor (DuckDB {version('duckdb')})", least, least)
        for name in ("polars", "chdb", "pandas", "spark") if peers else ():
            if name == "pandas" and orders > _PANDAS_ORDERS_MAX:
                continue
            run = runs[name] = engine_run(name, feed, work / name)
            same = "equal cells" if _same(work / "floor", work / name) else "OTHER CELLS"
            _row(table, f"{name} {version(_PACKAGES[name])}", run, least, same)
            shutil.rmtree(work / name)
        if line:
            runs["copy"] = engine_run("rows", feed, work / "rows")
            _row(table, "the feed copied into tables", runs["copy"], least)
            shutil.rmtree(work / "rows")
            steps = line_steps(market, work / "line")
            for name, run in steps.items():
                _row(table, f"waymart {name}", run, least)
            runs |= steps
            whole = runs["line"] = whole_of(steps)
            ratio = whole.core_seconds / runs["copy"].core_seconds
            _row(table, "waymart, the whole line", whole, least, f"{ratio:.1f} × the copy")
    Console(width=120).print(table)
    said = {"benchmark": "day", "orders": orders, "seed": _SEED, "load_average": os.getloadavg()[0]}
    print(json.dumps(said | {"runs": {name: asdict(run) for name, run in runs.items()}}))


def _market(orders: int, folder: Path) -> Path:
    from simulator import write_market

    if not (folder / "simulated.json").exists():
        write_market(orders, DAY, DAY, _SEED, folder, until_date=DAY + timedelta(days=30))
    market = json.loads((folder / "simulated.json").read_text())
    if market.get("orders", orders) != orders:
        raise SystemExit(f"The market in {folder} has {market['orders']:,} orders: choose another folder.")
    return folder


if __name__ == "__main__":
    typer.run(main)
