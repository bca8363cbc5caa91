"""A load killed in any of its steps is whole or not there, and loads that resume give the same warehouse."""

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from intake import KEY, SAMPLES, contents

from ingest.contract import CONTRACT
from ingest.loading.load import create_raw, load_file

#: The steps of a load, by the statements that DuckDB is asked for in them.
STEPS = {
    "reading": r"create temp table ingest_things",
    "splitting": r"create temp table ingest_parsed",
    "writing rows": r"insert into raw\.(?!loads)|create temp table ingest_held",
    "writing the ledger": r"insert into raw\.loads",
    "commit": r"commit",
}
#: Loads a file over a connection that kills its own process when the nth statement of a step is due, or some
#: milliseconds after it began (DuckDB works without Python's lock). The loader knows nothing of it.
LOADER = """
import os, pathlib, re, signal, sys, threading, time
import duckdb
from ingest.finding.find import Found
from ingest.loading.load import load_files

warehouse, path, key, pattern, nth, delay, is_atomic = sys.argv[1:]

class Killing:
    def __init__(self, connection):
        self.connection, self.left = connection, int(nth)

    def __getattr__(self, name):
        return getattr(self.connection, name)

    def execute(self, statement, parameters=None):
        if re.match(pattern, statement):
            self.left -= 1
            if self.left == 0:
                if float(delay) == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                threading.Timer(float(delay), os.kill, [os.getpid(), signal.SIGKILL]).start()
        if is_atomic == "no" and statement in ("begin", "commit"):
            return self.connection
        return self.connection.execute(statement, parameters)

connection = duckdb.connect(warehouse)
connection.execute("set TimeZone = 'UTC'")
path = pathlib.Path(path)
files = [Found(p, p.name, False) for p in (sorted(path.iterdir()) if path.is_dir() else [path])]
for _, _, error in load_files(Killing(connection), "pinduoduo", files, pseudonym_key=bytes.fromhex(key)):
    assert not error, error
connection.close()
"""


def write_orders(path: Path, orders: int) -> None:
    """Write orders as JSON lines; every hundredth line is none, some are repeated."""
    known = json.loads((SAMPLES / "pinduoduo" / "list.json").read_text(encoding="utf-8"))
    samples = known["order_list_get_response"]["order_list"]
    with path.open("w", encoding="utf-8") as file:
        for number in range(orders):
            order = samples[number % 3] | {"order_sn": f"190503-{number - number % 7 // 6}"}
            file.write("nonsense\n" if number % 100 == 50 else json.dumps(order) + "\n")


def state(warehouse: Path) -> dict[str, Any]:
    """Return everything a load leaves in the raw tables, but for its times."""
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        found: dict[str, Any] = {e.name: rows for e in CONTRACT if (rows := contents(connection, e.name))}
        for table in ("loads", "quarantine"):
            names = "columns(name -> name not in ('started_at', 'loaded_at'))"
            if rows := connection.sql(f"select {names} from raw.{table} order by all").fetchall():
                found[table] = rows
    return found


def new_warehouse(path: Path) -> Path:
    path.unlink(missing_ok=True)
    path.with_name(path.name + ".wal").unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        create_raw(connection)
    return path


def run_killed(
    warehouse: Path, path: Path, step: str, nth: int, delay: float, *, is_atomic: bool = True
) -> bool:
    """Load in a process that dies in the step; return whether it did."""
    arguments = [str(warehouse), str(path), KEY.hex(), STEPS[step], str(nth), str(delay)]
    command = [sys.executable, "-c", LOADER, *arguments, "yes" if is_atomic else "no"]
    loader = subprocess.run(command, capture_output=True, text=True, check=False)
    assert loader.returncode in (0, -signal.SIGKILL), loader.stderr
    return loader.returncode == -signal.SIGKILL


def load_all(warehouse: Path, path: Path) -> None:
    """Load a file, or those of a folder one by one."""
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for file in sorted(path.iterdir()) if path.is_dir() else [path]:
            load_file(connection, "pinduoduo", file, pseudonym_key=KEY)


def kill_in(tmp_path: Path, path: Path, step: str, kills: int) -> None:
    seed = int(os.environ.get("WAYMART_TEST_SEED", random.randrange(1 << 30)))
    print(f"seed {seed}")
    dice = random.Random(seed)
    empty = state(new_warehouse(tmp_path / "empty.duckdb"))
    whole_file = new_warehouse(tmp_path / "whole.duckdb")
    load_all(whole_file, path)
    whole = state(whole_file)
    assert empty == {}
    assert {"orders", "order_lines", "products", "waybills", "loads"} == set(whole) - {"quarantine"}
    once = step in ("reading", "writing the ledger", "commit")
    killed = 0
    while killed < kills:
        warehouse = new_warehouse(tmp_path / "killed.duckdb")
        # First as the statement is due, then at some moment while it runs or just after.
        delay = 0.0 if killed == 0 else dice.uniform(0.0002, 0.02)
        if not run_killed(warehouse, path, step, 1 if once else dice.randint(1, 4), delay):
            assert state(warehouse) == whole
            continue
        killed += 1
        assert state(warehouse) in (empty, whole)
        load_all(warehouse, path)
        assert state(warehouse) == whole


@pytest.mark.parametrize("step", STEPS)
def test_a_load_killed_in_a_step_resumes_to_the_same_warehouse(step: str, tmp_path: Path) -> None:
    write_orders(tmp_path / "orders.jsonl", 2_000)
    kill_in(tmp_path, tmp_path / "orders.jsonl", step, 2)


@pytest.mark.parametrize("step", STEPS)
def test_small_files_that_load_together_are_all_there_or_none(step: str, tmp_path: Path) -> None:
    folder = tmp_path / "orders"
    folder.mkdir()
    for number in range(40):
        write_orders(folder / f"{number:03}.jsonl", 1 + number % 9 * 2)
    kill_in(tmp_path, folder, step, 2)


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
def test_a_load_killed_ten_times_in_a_step_resumes_to_the_same_warehouse(step: str, tmp_path: Path) -> None:
    write_orders(tmp_path / "orders.jsonl", 2_000)
    kill_in(tmp_path, tmp_path / "orders.jsonl", step, 10)


def test_a_loader_that_is_not_atomic_fails_the_same_check(tmp_path: Path) -> None:
    path = tmp_path / "orders.jsonl"
    write_orders(path, 300)
    warehouse = new_warehouse(tmp_path / "killed.duckdb")
    assert run_killed(warehouse, path, "writing the ledger", 1, 0.0, is_atomic=False)
    torn = state(warehouse)
    assert torn != {}
    assert "loads" not in torn
    load_all(warehouse, path)
    whole_file = new_warehouse(tmp_path / "whole.duckdb")
    load_all(whole_file, path)
    assert state(warehouse) != state(whole_file)
