"""A watched folder and builds share the warehouse: each has it in its turn, and neither fails."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from small_line import ROOT, SmallLine

ORDERS = "select count(*) from raw.orders"


def wait_for(line: SmallLine, orders: int) -> None:
    """Wait until so many orders are loaded, asking in the turns between the loads."""
    ended = time.monotonic() + 120
    while not line.settings.warehouse.exists() or line.rows(ORDERS) != [(orders,)]:
        assert time.monotonic() < ended
        time.sleep(0.5)


def drop(line: SmallLine, folder: Path, name: str, day: str) -> None:
    """Put a file of three orders into the folder as another program would, whole."""
    path = line.orders(name, {day: [1.0, 2.0, 3.0]})
    shutil.move(path, folder / path.name)


def test_builds_run_between_the_loads_of_a_watched_folder(line: SmallLine) -> None:
    folder = line.folder / "drop"
    folder.mkdir()
    command = [*line.program("cli.main()"), "ingest", "waymart", "--watch", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as watcher:
        try:
            drop(line, folder, "1", "2018-01-01")
            wait_for(line, 3)
            first = line.waymart("build")
            assert first.returncode == 0, first.stderr
            # This one comes while a build runs: it waits for its turn.
            build = subprocess.Popen([*line.program("cli.main()"), "build"], cwd=ROOT)
            drop(line, folder, "2", "2018-01-02")
            assert build.wait(120) == 0
            wait_for(line, 6)
            last = line.waymart("build")
            assert last.returncode == 0, last.stderr
            assert watcher.poll() is None
        finally:
            os.kill(watcher.pid, signal.SIGINT)
            assert watcher.wait(60) == 130
