"""Measure how fast a market is written and what memory it takes, beside plain DuckDB in the same run.

Run it with ``python -m benchmarks.simulate --orders 4000000 --with all``. The floor is DuckDB writing as many
orders with eight scans each from ``range()`` and ``hash()``: numbers without any meaning. The market is
written twice, of a quarter and of all the orders, each in a process of its own, to show that its memory is
flat. A machine that does other things too takes longer by the clock; what two free cores would write follows
from the time of all cores, and so does the ratio to the floor. The last line is one JSON object.
"""

import json
import resource
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Annotated

import duckdb
import pyarrow.parquet as pq
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

DAY = date(2019, 6, 18)
_SEED = 7
_FLOOR = """
copy (
    select 'YT' || lpad((number // 8)::varchar, 13, '0') as waybill_number,
           number % 8 as scan, hash(number) % 337 as city,
           make_timestamp(1560787200000000 + (hash(number, 1) % 604800)::bigint * 1000000) as occurred_at
    from range({orders} * 8) as numbers (number)
) to '{folder}/scans.parquet' (format parquet, compression zstd, compression_level 1);
copy (
    select number as order_number, hash(number, 2) % 1000000 as consumer,
           hash(number, 3) % 10000 / 100 as amount,
           make_timestamp(1560787200000000 + (hash(number, 4) % 86400)::bigint * 1000000) as placed_at
    from range({orders}) as numbers (number)
) to '{folder}/orders.parquet' (format parquet, compression zstd, compression_level 1)
"""


@dataclass(frozen=True)
class Run:
    """One market as written: seconds of the clock and of all cores, peak memory and size in bytes, scans."""

    orders: int
    seconds: float
    core_seconds: float
    peak: int
    scans: int
    size: int


def floor(orders: int) -> tuple[float, float]:
    """Return the seconds plain DuckDB takes on two threads: of the clock and of all cores."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        connection.execute("set threads = 2")
        start, core = perf_counter(), process_time()
        connection.execute(_FLOOR.format(orders=orders, folder=folder))
        return perf_counter() - start, process_time() - core


def market(orders: int, parts: list[str]) -> Run:
    """Write one day's orders, with all their scans of the next thirty days, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        start = perf_counter()
        finished = subprocess.run(
            [
                sys.executable, "-m", "benchmarks.simulate", "--write", folder, "--orders", str(orders),
                *(f"--with={part}" for part in parts),
            ],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        seconds = perf_counter() - start
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
        events = Path(folder) / "feeds/waymart/waybill_events"
        scans = sum(pq.read_metadata(path).num_rows for path in events.iterdir())
        peak, core_seconds = finished.stdout.split()
        return Run(orders, seconds, float(core_seconds), int(peak), scans, size)


def _write(orders: int, folder: Path, parts: list[str]) -> None:
    from simulator import write_market

    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("orders", total=1.0)

        def show(part: float) -> None:
            bar.update(task, completed=part)

        until = DAY + timedelta(days=30)
        write_market(orders, DAY, DAY, _SEED, folder, until_date=until, progress=show, parts=parts)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    sys.stdout.write(f"{usage.ru_maxrss * 1024} {usage.ru_utime + usage.ru_stime}")


def main(
    orders: Annotated[int, typer.Option(help="Orders of the large market.")] = 1_000_000,
    parts: Annotated[list[str] | None, typer.Option("--with", help="Parts of the market, or all.")] = None,
    write: Annotated[Path | None, typer.Option(hidden=True)] = None,
) -> None:
    """Write markets and print orders per second, ratio to the floor, and peak memory."""
    if write is not None:
        _write(orders, write, parts or [])
        return
    seconds, core_seconds = floor(orders)
    table = Table(
        "written",
        "orders/s",
        "of two free cores",
        "× floor",
        "core µs/order",
        "scans/order",
        "peak memory",
        "size",
    )
    table.add_row(
        "plain DuckDB",
        f"{orders / seconds:,.0f}",
        f"{2 * orders / core_seconds:,.0f}",
        "1.0",
        f"{core_seconds / orders * 1e6:.1f}",
        "8.0",
        "",
        "",
    )
    runs = [market(orders // 4, parts or []), market(orders, parts or [])]
    for run in runs:
        table.add_row(
            f"{run.orders:,} orders",
            f"{run.orders / run.seconds:,.0f}",
            f"{2 * run.orders / run.core_seconds:,.0f}",
            f"{run.core_seconds / run.orders / (core_seconds / orders):.1f}",
            f"{run.core_seconds / run.orders * 1e6:.1f}",
            f"{run.scans / run.orders:.1f}",
            f"{run.peak / 2**30:.2f} GiB",
            f"{run.size / run.orders:.0f} B/order",
        )
    Console().print(table)
    said = {"benchmark": "simulate", "seed": _SEED, "parts": parts or []}
    plain = {"orders": orders, "seconds": seconds, "core_seconds": core_seconds}
    print(json.dumps(said | {"floor": plain, "markets": [asdict(run) for run in runs]}))


if __name__ == "__main__":
    typer.run(main)
