"""A load takes no more memory for a file eight times as large."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

#: Loads a file in a process of its own, whose memory nobody else has used; prints rows and its peak in MB.
LOADER = """
import re, sys
from pathlib import Path
from ingest.loading.load import create_raw, load_file
from warehouse.connection import open_warehouse
from warehouse.settings import Settings

home, provider, path = sys.argv[1:]
with open_warehouse(Settings(Path(home), memory_limit="200MB"), create=True) as connection:
    create_raw(connection)
    (load,) = load_file(connection, provider, Path(path), pseudonym_key=b"k" * 32)
peak = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
print(load.loaded_count, int(peak[1]) // 1024)
"""


def write_pushes(path: Path, rows: int) -> None:
    """Write histories of eight scans each, 3,600 bytes."""
    words = "快件已到达样例转运中心" + "一二三四五六七八九十" * 12
    scans = [{"time": f"2019-05-03 09:00:0{n}", "context": f"{words}{n}"} for n in range(8)]
    push = json.dumps({"com": "yuantong", "nu": "NUMBER", "data": scans}, ensure_ascii=False)
    with path.open("w", encoding="utf-8") as file:
        for number in range(rows // 8):
            file.write(push.replace("NUMBER", f"YT{number}") + "\n")


def write_events(path: Path, rows: int) -> None:
    duckdb.sql(
        f"""copy (select 'zto' as courier_code, 'Z' || i * 7368787321 % 10000000039 as waybill_number,
        '快件已到达样例转运中心 ' || i as event_text,
        timestamptz '2018-11-11 00:00:00+00' + to_seconds(i) as occurred_at
        from range({rows}) as numbers(i)) to '{path}'"""
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("provider", "name", "write", "rows"),
    [
        ("kuaidi100", "pushes.jsonl", write_pushes, 160_000),
        ("waymart", "waybill_events.parquet", write_events, 1_000_000),
    ],
)
def test_a_file_eight_times_as_large_takes_no_more_memory(
    provider: str, name: str, write: Callable[[Path, int], None], rows: int, tmp_path: Path
) -> None:
    peaks = []
    for times in (1, 8):
        write(tmp_path / name, rows * times)
        arguments = [str(tmp_path / f"home-{times}"), provider, str(tmp_path / name)]
        done = subprocess.run(
            [sys.executable, "-c", LOADER, *arguments], capture_output=True, text=True, check=True
        )
        loaded, peak = map(int, done.stdout.split())
        assert loaded == rows * times
        peaks.append(peak)
    print(f"peaks {peaks} MB")
    # The smaller one does not fill all that it may take; one that held the file took more than twice as much.
    assert peaks[1] < 1.6 * peaks[0]
