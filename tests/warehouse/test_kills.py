"""Real processes, really killed: readers keep what they had, and the next run equals a full refresh."""

import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from small_line import ROOT, SmallLine

from simulator import write_market
from warehouse.build import build
from warehouse.errors import WaymartError

#: Kill this process on entering (or leaving) a function of the named step.
_KILL = """
import os, signal
from warehouse import {module} as step
was = step.{function}
def killed(*arguments, **named):
    {before}
    result = was(*arguments, **named)
    os.kill(os.getpid(), signal.SIGKILL)
    return result
step.{function} = killed
cli.main()
"""
_NOW = "os.kill(os.getpid(), signal.SIGKILL)"

#: Moments of the audit and of publish: module, function, whether before it (else after).
_AUDIT_MOMENTS = [("audit", "measure", True), ("audit", "judge", False), ("audit", "save", False)]
_PUBLISH_MOMENTS = [
    ("serving_file", "_write_dictionary", True),
    ("serving_file", "_check_formulas", False),
    ("publish", "_sync", True),
    ("publish", "_switch", True),
    ("publish", "_switch", False),
    ("publish", "_remove_old", True),
]


def _add_late_orders(line: SmallLine) -> None:
    line.load_orders("late", {"2018-06-18": [1], "2019-06-18": [11, 12], "2019-06-20": [13]})


def _full_refresh(line: SmallLine, folder: Path) -> dict[str, tuple[object, ...]]:
    """The contents that the same loads give when every table is made anew."""
    fresh = line.copy(folder)
    build(fresh.settings, full_refresh=True)
    fresh.audit()
    fresh.publish()
    return fresh.contents()


@pytest.mark.parametrize("moment", _AUDIT_MOMENTS, ids=lambda m: f"{'before' if m[2] else 'after'}-{m[1]}")
def test_an_audit_killed_changes_nothing_that_readers_see(
    moment: tuple[str, str, bool], published_line: SmallLine
) -> None:
    before = published_line.published_contents()
    published_line.build_by_hand("insert into reports.mart_gmv from reports.mart_gmv")
    _kill_at(published_line, moment, "audit")
    assert published_line.published_contents() == before
    assert published_line.rows("select state from audit.builds order by build_id desc limit 1") == [
        ("built",)
    ]
    assert published_line.audit().build.state == "audited"


@pytest.mark.parametrize("moment", _PUBLISH_MOMENTS, ids=lambda m: f"{'before' if m[2] else 'after'}-{m[1]}")
def test_a_publish_killed_shows_the_former_build_or_the_new_one_whole(
    moment: tuple[str, str, bool], published_line: SmallLine
) -> None:
    before = published_line.published_contents()
    build_id = published_line.build_by_hand("insert into reports.mart_gmv from reports.mart_gmv").build_id
    published_line.audit()
    _kill_at(published_line, moment, "publish")
    is_switched = moment in [("publish", "_switch", False), ("publish", "_remove_old", True)]
    assert (published_line.published_contents() == before) is not is_switched
    published_line.publish()
    after = published_line.published_contents()
    assert after["published main.mart_gmv"] == published_line.contents()["warehouse reports.mart_gmv"]
    assert published_line.rows("select distinct state from audit.builds") == [("published",)]
    assert not list(published_line.settings.serving.glob(".*"))
    file = published_line.settings.published_file()
    assert file is not None
    assert file.stem == build_id


def test_what_was_accepted_counts_only_once_readers_see_it(published_line: SmallLine) -> None:
    published_line.build_by_hand("delete from core.fct_orders where gmv_paid = 30")
    published_line.audit()
    _kill_at(published_line, ("publish", "_switch", True), "publish", "--accept", "a test order")
    with pytest.raises(WaymartError, match="failed its audit"):
        published_line.publish()
    _kill_at(published_line, ("publish", "_switch", False), "publish", "--accept", "a test order")
    assert published_line.publish().accepted_reason == "a test order"


def test_a_build_killed_takes_dbt_with_it_and_the_next_run_is_whole(
    published_line: SmallLine, tmp_path: Path
) -> None:
    before = published_line.published_contents()
    _add_late_orders(published_line)
    expected = _full_refresh(published_line, tmp_path / "fresh")
    log = published_line.settings.dbt_logs / "dbt.log"
    log.unlink()
    running = subprocess.Popen([*published_line.program("cli.main()"), "run"], cwd=ROOT)
    _wait_for(lambda: log.exists() and "START sql" in log.read_text())
    [child] = _children(running.pid)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    _wait_for(lambda: not _is_alive(child), seconds=10)
    assert published_line.published_contents() == before
    published_line.run()
    assert published_line.rows("select state from audit.builds order by build_id") == [
        ("published",),
        ("interrupted",),
        ("published",),
    ]
    assert published_line.contents() == expected


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["command", "dbt", "both"])
def test_a_run_killed_at_any_moment_is_made_good_by_the_next(
    victim: str, published_line: SmallLine, tmp_path: Path
) -> None:
    _add_late_orders(published_line)
    _kill_again_and_again(published_line, tmp_path, kills=8, victims=[victim])


@pytest.mark.slow
def test_a_run_of_the_whole_project_killed_at_any_moment_is_made_good_by_the_next(tmp_path: Path) -> None:
    line = SmallLine(tmp_path / "line", is_whole=True)
    write_market(3000, date(2019, 1, 1), date(2019, 6, 30), 1, tmp_path / "market")
    files = sorted((tmp_path / "market" / "feeds" / "waymart").rglob("*.parquet"))
    half = len(files) // 2
    line.load(*files[:half], is_simulated=True)
    line.run()
    line.load(*files[half:], is_simulated=True)
    _kill_again_and_again(line, tmp_path, kills=10, victims=["command", "dbt", "both"])


def _kill_again_and_again(line: SmallLine, folder: Path, kills: int, victims: list[str]) -> None:
    """Kill runs at random moments; each time readers have the former build or the new one, whole."""
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    before = line.published_contents()
    started = time.monotonic()
    expected = _full_refresh(line, folder / "fresh")
    seconds = time.monotonic() - started  # how long a run takes; each that ends by itself says it anew
    after = {name: row for name, row in expected.items() if name.startswith("published")}
    killed = 0
    while killed < kills:
        # Once one has ended by itself, a plain run would find nothing to do.
        command = ["run"] if line.published_contents() == before else ["run", "--full-refresh"]
        started = time.monotonic()
        running = subprocess.Popen(
            [*line.program("cli.main()"), *command],
            cwd=ROOT,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
        )
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(chance.uniform(0, seconds))
        dbt = _children(running.pid)
        if running.returncode is None:
            _kill(running, dbt, chance.choice(victims))
            killed += 1
        else:
            seconds = time.monotonic() - started
        for child in dbt:
            _wait_for(lambda child=child: not _is_alive(child), seconds=10)
        assert line.published_contents() in (before, after)
    line.run()
    assert line.contents() == expected


def _kill(running: "subprocess.Popen[bytes]", dbt: list[int], victim: str) -> None:
    """Kill the command, dbt alone (then the command ends with an error), or both at once."""
    if victim == "dbt" and dbt:
        os.kill(dbt[0], signal.SIGKILL)
    elif victim == "command":
        os.kill(running.pid, signal.SIGKILL)
    else:
        os.killpg(running.pid, signal.SIGKILL)
    assert running.wait() != 0


def _kill_at(line: SmallLine, moment: tuple[str, str, bool], *command: str) -> None:
    module, function, is_before = moment
    then = _KILL.format(module=module, function=function, before=_NOW if is_before else "pass")
    killed = subprocess.run([*line.program(then), *command], cwd=ROOT, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def _is_alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def _wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.02)
