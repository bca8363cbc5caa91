"""How fast files of each provider load, against DuckDB reading the same file into a table of its own.

Each provider's first JSON sample is repeated as JSON lines, every repetition with waybill numbers of its own;
the contract's scans are Parquet. The yardstick is ``create table as select *`` of the same file in the same
run. Usage: ``python -m benchmarks.ingest [ROWS] [PROVIDER …]``.
"""

import json
import re
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from benchmarks.scan_feeds import scans_of
from ingest.load import create_raw, load_file
from ingest.providers import PROVIDERS

_SAMPLES = Path(__file__).parent.parent / "tests" / "ingest" / "samples"
_KEY = b"a key that only benchmarks know."
_OPTIONS = {"year": "2019", "shop": "own"}


def _seconds(connection: duckdb.DuckDBPyConnection, statement: str) -> float:
    begun = time.perf_counter()
    connection.execute(statement)
    return time.perf_counter() - begun


def _write_lines(provider: str, path: Path, records: int) -> bool:
    """Write the sample's records again and again; return whether there is a sample to repeat."""
    for sample in sorted((_SAMPLES / provider).glob("*.json*")):
        if sample.name == "expected.json":
            continue
        text = sample.read_text(encoding="utf-8")
        line = (
            text.splitlines()[0]
            if sample.suffix == ".jsonl"
            else json.dumps(json.loads(text), ensure_ascii=False)
        )
        parts = re.split(r"90000\d{4}", line)
        with path.open("w", encoding="utf-8") as file:
            for number in range(records):
                file.write(f"{100_000_000 + number}".join(parts) + "\n")
        return len(parts) > 1
    return False


def measure(provider: str, path: Path, yardstick: str) -> str:
    """Load a file into a new warehouse on disk; return a line of the report."""
    with TemporaryDirectory() as folder, duckdb.connect(f"{folder}/warehouse.duckdb") as connection:
        connection.execute("set timezone = 'UTC'; set enable_progress_bar = false")
        create_raw(connection)
        plain = _seconds(connection, f"create table plain as select * from {yardstick}")
        begun = time.perf_counter()
        options = {name: _OPTIONS[name] for name in PROVIDERS[provider].options if name in _OPTIONS}
        loads = load_file(connection, provider, path, pseudonym_key=_KEY, options=options)
        taken = time.perf_counter() - begun
    rows = sum(load.read_count for load in loads)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return (
        f"{provider:16} {path.stat().st_size / 1e6:8.1f} MB {rows:10,} rows {taken:7.2f} s "
        f"{rows / taken:10,.0f} rows/s {taken / plain:6.2f} x  peak {peak:6,.0f} MB"
    )


def run(rows: int, providers: list[str]) -> Iterator[str]:
    """Yield a line for each provider."""
    with TemporaryDirectory() as folder:
        if not providers or "waymart" in providers:
            path = Path(folder) / "waybill_events.parquet"
            parcels = f"select range as parcel, range % 8 as step, range % 24 as hour from range({rows})"
            with duckdb.connect() as connection:
                connection.execute("set timezone = 'UTC'")
                connection.execute(f"copy ({scans_of(parcels, '2019-05-03')}) to '{path}'")
            yield measure("waymart", path, f"read_parquet('{path}')")
        for provider in providers or sorted(PROVIDERS):
            path = Path(folder) / "lines.jsonl"
            if provider != "waymart" and _write_lines(provider, path, max(1, rows // 8)):
                yield measure(provider, path, f"read_json_auto('{path}', format='newline_delimited')")


if __name__ == "__main__":
    for line in run(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, sys.argv[2:]):
        print(line, flush=True)
