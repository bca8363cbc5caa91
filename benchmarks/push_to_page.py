"""How long one small file takes until readers see it, with the kept worker and with the commands.

Run it with ``python -m benchmarks.push_to_page [--orders 200000]``, or with ``--home`` on a copy of a home
that has a published build (``make warehouse``). One more scan of the parcel that was scanned last arrives as
a file of one JSON line, each time another: ``waymart work`` takes it from its folder, then ``waymart ingest``
and ``waymart run`` take the next. Seconds of the clock mean something on an idle machine only; core-seconds
are of all processes that took part. The last line is one JSON object.
"""

import json
import os
import resource
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import duckdb
import psutil
import typer

from benchmarks.figures import WAYMART
from simulator import write_market
from warehouse.settings import Settings

_SEED = 1
_DAYS = (date(2018, 1, 1), date(2019, 8, 31))
_PATIENCE_SECONDS = 900


def _waymart(home: Path, *arguments: str) -> None:
    environment = os.environ | {"WAYMART_HOME": str(home)}
    subprocess.run([*WAYMART, *arguments], env=environment, check=True, stdout=subprocess.DEVNULL)


def _build_first(home: Path, orders: int, folder: Path) -> None:
    write_market(orders, *_DAYS, _SEED, folder / "market")
    _waymart(home, "ingest", "waymart", str(folder / "market"))
    _waymart(home, "run")


def _write_scan(home: Path, path: Path, number: int) -> None:
    """Write another scan of the last waybill, as a file that was complete some time ago."""
    with duckdb.connect(Settings(home).warehouse, read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(
            f"""
            copy (
                select
                    courier_code, waybill_number, event_code, 'scan {number}' as event_text,
                    strftime(occurred_at, '%Y-%m-%dT%H:%M:%SZ') as occurred_at
                from raw.waybill_events order by occurred_at desc, waybill_number limit 1
            ) to '{path}' (format json)
            """
        )
    os.utime(path, (time.time() - 60, time.time() - 60))


def _used(process: psutil.Process) -> float:
    """Core-seconds of a process and of those of its children that have ended."""
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


@contextmanager
def _worker(home: Path, folder: Path) -> Iterator[psutil.Process]:
    """A worker that waits for its first file."""
    environment = os.environ | {"WAYMART_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    command = [*WAYMART, "work", "waymart", str(folder), "--every", "0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        for line in worker.stdout:
            if line.startswith("0 files"):
                break
        try:
            yield psutil.Process(worker.pid)
        finally:
            worker.terminate()


def _through_the_worker(home: Path, folder: Path, runs: int) -> list[dict[str, float]]:
    settings, found = Settings(home), []
    watched = folder / "watched"
    watched.mkdir()
    with _worker(home, watched) as worker:
        for number in range(runs):
            path = folder / f"waybill_events-{number}.jsonl"
            _write_scan(home, path, number)
            before, used, begun = settings.published_file(), _used(worker), time.monotonic()
            path.rename(watched / path.name)
            while settings.published_file() == before:
                if time.monotonic() - begun > _PATIENCE_SECONDS:
                    raise TimeoutError("the worker published nothing")
                time.sleep(0.02)
            seconds = time.monotonic() - begun
            while worker.children() and any(child.children() for child in worker.children()):
                time.sleep(0.02)
            time.sleep(1)  # the work ends after the switch, and its time counts then
            found.append({"seconds": seconds, "core_seconds": _used(worker) - used})
    return found


def _through_commands(home: Path, folder: Path, number: int) -> dict[str, float]:
    path = folder / f"waybill_events-{number}.jsonl"
    _write_scan(home, path, number)
    used, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    _waymart(home, "ingest", "waymart", str(path))
    _waymart(home, "run")
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    core = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    return {"seconds": time.monotonic() - begun, "core_seconds": core}


def main(
    orders: Annotated[int, typer.Option(help="Orders in the warehouse.")] = 200_000,
    home: Annotated[Path | None, typer.Option(help="A home to copy, instead of a market.")] = None,
    runs: Annotated[int, typer.Option(min=1, help="Files, one after another.")] = 3,
) -> None:
    """Measure and print."""
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        own = folder / "home"
        if home is None:
            _build_first(own, orders, folder)
        else:
            shutil.copytree(home, own, symlinks=True)
        with duckdb.connect(Settings(own).warehouse, read_only=True) as connection:
            held = connection.execute("select count(*) from core.fct_orders").fetchall()[0][0]
        kept = _through_the_worker(own, folder, runs)
        commands = _through_commands(own, folder, runs)
    best = min(kept, key=lambda run: run["seconds"])
    print(
        f"{held:,} orders: one scan is published after {best['seconds']:.1f} s "
        f"({best['core_seconds']:.1f} core-seconds), by the commands after {commands['seconds']:.1f} s "
        f"({commands['core_seconds']:.1f} core-seconds)."
    )
    print(
        json.dumps(
            {
                "benchmark": "push_to_page",
                "orders": held,
                "seed": _SEED if home is None else None,
                "worker": kept,
                "commands": commands,
                "load_average": os.getloadavg()[0],
            }
        )
    )


if __name__ == "__main__":
    typer.run(main)
