import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_line import KEY, SmallLine


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def _fill(disk: Path, *, leave_bytes: int) -> Path:
    balloon = disk / "balloon"
    with balloon.open("wb") as file:
        file.write(bytes(shutil.disk_usage(disk).free - leave_bytes))
    return balloon


_DAYS = {"2019-06-18": [float(n) for n in range(200)]}


@pytest.mark.parametrize("leave_bytes", [0, 1_000_000])
def test_a_disk_that_fills_during_a_run_is_named_and_nothing_published_is_lost(
    leave_bytes: int, published_line: SmallLine, small_disk: Path
) -> None:
    line = published_line.copy(small_disk / "line")
    before = line.published_contents()
    line.load_orders("more", _DAYS)
    loads = line.rows("select load_id, loaded_count from raw.loads order by all")
    balloon = _fill(small_disk, leave_bytes=leave_bytes)

    ended = line.waymart("run")

    assert ended.returncode == 1
    assert ended.stderr.startswith("The disk is full: what was loaded and published is whole")
    assert len(ended.stderr.splitlines()) == 1
    assert line.published_contents() == before
    balloon.unlink()
    assert line.rows("select load_id, loaded_count from raw.loads order by all") == loads
    ended = line.waymart("run")
    assert ended.returncode == 0, ended.stderr
    assert line.published_contents() != before


def test_a_disk_that_fills_during_a_load_keeps_what_was_loaded_and_the_file_loads_later(
    published_line: SmallLine, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAYMART_PSEUDONYM_KEY", KEY.decode())
    line = published_line.copy(small_disk / "line")
    file = line.orders("more", {"2019-06-18": [float(n) for n in range(50_000)]})
    loads = line.rows("select load_id, loaded_count from raw.loads order by all")
    balloon = _fill(small_disk, leave_bytes=500_000)

    ended = line.waymart("ingest", "waymart", str(file))

    assert ended.returncode == 1
    assert ended.stderr.startswith("The disk is full")
    balloon.unlink()
    assert line.rows("select load_id, loaded_count from raw.loads order by all") == loads
    ended = line.waymart("ingest", "waymart", str(file))
    assert ended.returncode == 0, ended.stderr
    assert line.rows("select sum(loaded_count) from raw.loads where entity = 'orders'")[0][0] == 50_007
