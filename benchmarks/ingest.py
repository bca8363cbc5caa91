"""How fast files of each provider load, against DuckDB reading the same file into a table of its own.

The files are a simulated market's, in our own contract (Parquet) and in the formats of the providers that the
simulator writes (JSON lines); of the other providers the longest record of the samples, a whole history, is
repeated, each time with numbers of waybills and phones of its own. The yardstick is ``create table as
select *`` of the same file in the same run, into a warehouse of its own; both end when it is closed, with
everything in its file. Ratios are of CPU time; below 100,000 orders they measure the start of a load, too.
Each load runs in a process of its own, so that its peak of memory is its own.
Usage: ``python -m benchmarks.ingest [ORDERS] [PROVIDER …]``; ``small`` loads a folder of one-push files,
``days`` a market's history in a file of each entity and day, beside the same rows in one file of each
entity. The last line is one JSON object.
"""

import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from ingest.finding.find import find_files
from ingest.loading.load import create_raw, load_files
from ingest.providers import PROVIDERS
from simulator import write_market
from warehouse.connection import open_warehouse
from warehouse.settings import Settings

_SAMPLES = Path(__file__).parent.parent / "tests" / "ingest" / "samples"
_KEY = b"a key that only benchmarks know."
_DAYS = (date(2019, 6, 1), date(2019, 6, 30))
#: The market's seed.
_SEED = 1
#: A history of 18 months.
_HISTORY = (date(2018, 1, 1), date(2019, 6, 30))
#: Each is done so often; the fastest counts, for others use the machine, too.
_RUNS = 3


def _samples(provider: str) -> list[Path]:
    files = sorted((_SAMPLES / provider).glob("*.json*"))
    return [file for file in files if file.name != "expected.json"]


def _repeat_sample(provider: str, path: Path, records: int) -> None:
    """Write the longest record of the samples again and again."""
    lines: list[str] = []
    for sample in _samples(provider):
        text = sample.read_text(encoding="utf-8")
        is_lines = sample.suffix == ".jsonl"
        lines += text.splitlines() if is_lines else [json.dumps(json.loads(text), ensure_ascii=False)]
    # With numbers as names of fields (STO) the yardstick makes a column of each: no measure of anything.
    line = max((line for line in lines if not re.search(r'90000\d*":', line)), key=len)
    # Invented phones hold the same digits as invented waybills.
    parts = re.split(r"90000\d{4}", line)
    with path.open("w", encoding="utf-8") as file:
        for number in range(records):
            file.write(f"{100_000_000 + number}".join(parts) + "\n")


def _join(files: list[Path], path: Path) -> None:
    """Put the files of a feed together into one, for one load of stated size."""
    if path.suffix == ".parquet":
        listed = ", ".join(f"'{file}'" for file in files)
        with duckdb.connect() as connection:
            connection.execute(f"set timezone = 'UTC'; copy (from read_parquet([{listed}])) to '{path}'")
    else:
        path.write_bytes(b"".join(file.read_bytes() for file in files))


def feeds(folder: Path, orders: int, wanted: list[str]) -> Iterator[tuple[str, Path]]:
    """Write and yield the files to load, one after another: provider and path."""
    write_market(orders, *_DAYS, _SEED, folder / "contract")
    for entity in ("waybill_events", "orders", "order_lines", "waybills"):
        path = folder / f"{entity}.parquet"
        _join(sorted((folder / "contract" / "feeds" / "waymart" / entity).rglob("*.parquet")), path)
        if not wanted or "waymart" in wanted:
            yield "waymart", path
    # A quarter abroad, or Shopify's file is so small that it measures nothing but the start of a load.
    write_market(orders, *_DAYS, _SEED, folder / "providers", feeds="providers", cross_border=0.25)
    for provider in wanted or sorted(PROVIDERS):
        path = folder / f"{provider}.jsonl"
        simulated = sorted((folder / "providers" / "feeds" / provider).rglob("*.jsonl"))
        if simulated:
            _join(simulated, path)
        elif provider != "waymart" and _samples(provider):
            _repeat_sample(provider, path, max(1, orders))
        if path.exists():
            yield provider, path


def _spent(work: Callable[[], int]) -> tuple[int, float, float]:
    """Do the work; return what it counts, CPU seconds and the process's peak of memory in MB."""
    begun = time.process_time()
    count = work()
    taken = time.process_time() - begun
    # Not getrusage: that begins with what the parent had.
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    assert peak is not None
    return count, taken, int(peak[1]) / 1024


def copy(path: Path, home: Path) -> int:
    """Copy a file into a table of a new warehouse as DuckDB reads it."""
    read = (
        f"read_parquet('{path}')"
        if path.suffix == ".parquet"
        else f"read_json_auto('{path}', format='newline_delimited')"
    )
    with open_warehouse(Settings(home), create=True) as connection:
        connection.execute(f"create table plain as select * from {read}")
    return 0


def load(provider: str, path: Path, home: Path) -> int:
    """Load a file or folder into a new warehouse; return the rows read."""
    with open_warehouse(Settings(home), create=True) as connection:
        create_raw(connection)
        files = find_files(provider, [path]).files
        done = load_files(connection, provider, files, pseudonym_key=_KEY)
        return sum(load.read_count for _, loads, _ in done for load in loads)


def _alone(work: Callable[..., int], *arguments: object) -> tuple[int, float, float]:
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(_measure, (work, arguments))


def _measure(work: Callable[..., int], arguments: tuple[object, ...]) -> tuple[int, float, float]:
    import pyarrow.compute  # noqa: F401  loading the library is no part of loading a file

    return _spent(lambda: work(*arguments))


def measure(provider: str, path: Path) -> dict[str, object]:
    """Copy and load a file."""
    with TemporaryDirectory() as folder:
        runs = range(_RUNS)
        plain = min(_alone(copy, path, Path(folder) / f"plain{run}")[1] for run in runs)
        loads = [_alone(load, provider, path, Path(folder) / f"raw{run}") for run in runs]
    rows, taken, peak = loads[0][0], min(load[1] for load in loads), max(load[2] for load in loads)
    size = path.stat().st_size / 1e6
    print(
        f"{provider:16} {path.name:24} {size:8.1f} MB {rows:10,} rows "
        f"{taken:7.2f} s {rows / taken:10,.0f} rows/s {taken / plain:6.2f} x  peak {peak:6,.0f} MB",
        flush=True,
    )
    return {
        "file": path.name,
        "provider": provider,
        "rows": rows,
        "core_seconds": taken,
        "copy_core_seconds": plain,
        "peak_mb": peak,
    }


def measure_small(folder: Path, pushes: int) -> dict[str, object]:
    """Load a folder of files that hold one push each."""
    write_market(max(pushes, 1_000) * 3, *_DAYS, _SEED, folder / "market", feeds="providers")
    pushed = folder / "pushes"
    pushed.mkdir()
    read = sorted((folder / "market" / "feeds" / "kuaidi100").rglob("*.jsonl"))
    lines = (line for path in read for line in path.read_text(encoding="utf-8").splitlines())
    for number, line in zip(range(pushes), lines, strict=False):
        (pushed / f"{number:06}.json").write_text(line, encoding="utf-8")
    count = len(list(pushed.iterdir()))
    rows, taken, peak = _alone(load, "kuaidi100", pushed, folder / "home")
    ms = taken / count * 1e3
    print(f"kuaidi100 {count:,} files of one push, {rows:,} rows: {ms:.2f} ms each, peak {peak:,.0f} MB")
    return {"files": count, "rows": rows, "core_ms_per_file": ms, "peak_mb": peak}


def measure_days(folder: Path, orders: int) -> dict[str, object]:
    """Load a history in daily files, and the same rows in one file of each entity."""
    write_market(orders, *_HISTORY, _SEED, folder / "market", daily=True)
    days = folder / "market" / "feeds" / "waymart"
    files = sorted(days.rglob("*.parquet"))
    (folder / "joined").mkdir()
    for name in {path.name for path in files}:
        _join([path for path in files if path.name == name], folder / "joined" / name)
    runs = range(_RUNS)
    daily = [_alone(load, "waymart", days, folder / f"days{run}") for run in runs]
    joined = min(_alone(load, "waymart", folder / "joined", folder / f"joined{run}")[1] for run in runs)
    rows, taken, peak = daily[0][0], min(run[1] for run in daily), max(run[2] for run in daily)
    ms = (taken - joined) / len(files) * 1e3
    print(
        f"waymart {len(files):,} daily files, {rows:,} rows: {taken:.1f} core-seconds, in one file of each "
        f"entity {joined:.1f}: {ms:.2f} ms a file above its rows, peak {peak:,.0f} MB"
    )
    return {
        "files": len(files),
        "rows": rows,
        "core_seconds": taken,
        "joined_core_seconds": joined,
        "core_ms_per_file_above_rows": ms,
        "peak_mb": peak,
    }


def main(arguments: list[str]) -> None:
    """Measure what the arguments ask for."""
    orders = int(arguments[0]) if arguments else 100_000
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        match arguments[1:]:
            case ["small"]:
                found = [measure_small(folder, orders)]
            case ["days"]:
                found = [measure_days(folder, orders)]
            case providers:
                found = []
                for provider, path in feeds(folder, orders, providers):
                    found.append(measure(provider, path))
                    path.unlink()
    print(json.dumps({"benchmark": "ingest", "orders": orders, "seed": _SEED, "loads": found}))


if __name__ == "__main__":
    main(sys.argv[1:])
