"""A worker publishes what comes; whatever is killed, the same numbers are published in the end."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
from small_line import KEY, NO_ENORMOUS_ORDER, ROOT, SmallLine

from warehouse.build import build

ORDERS = "select sum(order_count) from mart_gmv"


def wait_for(condition: Callable[[], bool], seconds: float = 180) -> None:
    ended = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ended, "waited in vain"
        time.sleep(0.05)


def published(line: SmallLine) -> object:
    """Count the published orders, whichever file is the published one at this moment."""
    with suppress(FileNotFoundError):
        return line.published_rows(ORDERS)[0][0] if line.settings.published_file() else None
    return None


def drop(
    line: SmallLine, folder: Path, name: str, day: str, amounts: tuple[float, ...] = (1.0, 2.0, 3.0)
) -> None:
    """Put a file of orders into the folder as another program would, whole."""
    path = line.orders(name, {day: list(amounts)})
    long_ago = time.time() - 60
    os.utime(path, (long_ago, long_ago))
    shutil.move(path, folder / path.name)


@contextmanager
def working(line: SmallLine, folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker on the folder, until it is told to stop."""
    command = [*line.program("cli.main()"), "work", "waymart", str(folder), "--every", "0.5"]
    environment = os.environ | {"WAYMART_PSEUDONYM_KEY": KEY.decode()}
    with subprocess.Popen(command, cwd=ROOT, env=environment) as worker:
        try:
            yield worker
        finally:
            if worker.poll() is None:
                worker.send_signal(signal.SIGINT)
                assert worker.wait(60) == 130


def made_anew(line: SmallLine, folder: Path) -> dict[str, tuple[object, ...]]:
    """What the same loads give when every table is made anew by ``waymart run``."""
    fresh = line.copy(folder)
    build(fresh.settings, full_refresh=True)
    fresh.audit()
    fresh.publish()
    return fresh.contents()


def test_what_comes_into_its_folder_is_published_as_a_run_would(line: SmallLine, tmp_path: Path) -> None:
    folder = line.folder / "drop"
    folder.mkdir()
    with line.settings.bounds.open("a") as bounds:
        bounds.write(NO_ENORMOUS_ORDER)
    with working(line, folder):
        drop(line, folder, "1", "2018-01-01")
        wait_for(lambda: published(line) == 3)
        drop(line, folder, "2", "2018-01-02")
        (folder / "orders-not.csv").write_text("not a column of orders\n1\n")
        wait_for(lambda: published(line) == 6)
        # Nobody watches it: what cannot be true is set aside, and the rest goes on.
        drop(line, folder, "3", "2018-01-03", (1.0, 9_001.0, 3.0))
        wait_for(lambda: published(line) == 8)
        # Between its builds the warehouse is everyone's.
        assert line.rows("select count(*) from raw.loads") == [(3,)]
    assert line.contents() == made_anew(line, tmp_path / "fresh")


@pytest.mark.slow
def test_whatever_is_killed_the_same_numbers_are_published_in_the_end(
    published_line: SmallLine, tmp_path: Path
) -> None:
    line, folder = published_line, published_line.folder / "drop"
    log = line.settings.dbt_logs / "dbt.log"
    folder.mkdir()

    def killed_while_dbt_builds(name: str, victim: Callable[[psutil.Process], psutil.Process]) -> None:
        before = line.published_contents()
        log.unlink(missing_ok=True)
        drop(line, folder, name, f"2018-02-0{name}")
        wait_for(lambda: log.exists() and "START sql" in log.read_text())
        process = psutil.Process(worker.pid)
        alive = process.children(recursive=True)
        victim(process).kill()
        assert line.published_contents() == before
        # The work and dbt die together; a helper that Python starts for itself may stay.
        wait_for(lambda: sum(one.is_running() and one.status() != "zombie" for one in alive) <= 1)

    with working(line, folder) as worker:
        wait_for(log.exists)
        killed_while_dbt_builds("1", lambda process: at_work(process))
        wait_for(lambda: published(line) == 10)
        killed_while_dbt_builds("2", lambda process: at_work(process).children()[0])
        wait_for(lambda: published(line) == 13)
        killed_while_dbt_builds("3", lambda process: process)
        assert worker.wait() == -signal.SIGKILL
    line.run()
    assert published(line) == 16
    assert line.contents() == made_anew(line, tmp_path / "fresh")


def at_work(worker: psutil.Process) -> psutil.Process:
    """The worker's child that loads, builds and publishes: it has dbt as its own."""
    return next(child for child in worker.children() if child.children())
