"""Names and phones in simulated scans are in no file below WAYMART_HOME, however the load ends."""

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import duckdb
import pytest
from test_mask import NAMES, PHONES, PHRASES

from simulator import write_market

COMMAND = [sys.executable, "-c", "from commands.cli import main; main()", "ingest", "kuaidi100"]
#: Digits that stand in no number of the simulated market's.
SECRETS = [*(name for name in NAMES if len(name) > 2), *(phone for phone in PHONES if "*" not in phone)]


def plant(folder: Path) -> Path:
    """Write the pushes of a simulated market with a name and a phone in every scan."""
    write_market(300, date(2019, 6, 1), date(2019, 6, 5), 7, folder / "market", feeds="providers")
    seed = int(os.environ.get("WAYMART_TEST_SEED", random.randrange(1 << 30)))
    print(f"seed {seed}")
    dice = random.Random(seed)
    people = list(itertools.product(PHRASES, NAMES, PHONES))
    path = folder / "pushes.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for feed in sorted((folder / "market" / "feeds" / "kuaidi100").rglob("*.jsonl")):
            for line in feed.read_text(encoding="utf-8").splitlines():
                push = json.loads(line)
                for scan in push["lastResult"]["data"]:
                    phrase, name, phone = dice.choice(people)
                    scan["context"] += "，" + phrase.format(name=name, phone=phone)
                file.write(json.dumps(push, ensure_ascii=False) + "\n")
    return path


def kept(home: Path) -> str:
    """Return everything below a folder: the bytes of all files, and the rows, which DuckDB may pack."""
    parts = [file.read_bytes().decode(errors="replace") for file in home.rglob("*") if file.is_file()]
    if (home / "warehouse.duckdb").exists():
        with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
            tables = connection.sql("select schema_name, table_name from duckdb_tables()").fetchall()
            for schema, table in tables:
                parts.append(str(connection.sql(f"from {schema}.{table}").fetchall()))
    return "".join(parts)


def waymart(home: Path, *places: str, given: bytes = b"") -> None:
    environment = os.environ | {"WAYMART_HOME": str(home)}
    subprocess.run([*COMMAND, *places], input=given, env=environment, check=True, capture_output=True)


@pytest.mark.parametrize("is_piped", [False, True])
def test_no_person_of_a_simulated_scan_is_kept(is_piped: bool, tmp_path: Path) -> None:
    path, home = plant(tmp_path), tmp_path / "home"
    if is_piped:
        waymart(home, "-", given=path.read_bytes())
    else:
        waymart(home, str(path))
    sent, found = path.read_text(encoding="utf-8"), kept(home)
    assert "派件员" in found
    for secret in SECRETS:
        assert secret in sent
        assert secret not in found


def test_what_a_killed_load_brought_in_is_gone_with_the_next_load(tmp_path: Path) -> None:
    path, home = plant(tmp_path), tmp_path / "home"
    loader = subprocess.Popen(
        [*COMMAND, "-"], env=os.environ | {"WAYMART_HOME": str(home)}, stdin=subprocess.PIPE
    )
    assert loader.stdin is not None
    loader.stdin.write(path.read_bytes())
    loader.stdin.flush()
    ended = time.monotonic() + 60
    while not any(NAMES[0] in kept(folder) for folder in home.glob("incoming-*")):
        assert time.monotonic() < ended, "standard input is not kept in the home while it is read"
        time.sleep(0.1)
    loader.send_signal(signal.SIGKILL)
    loader.wait()
    loader.stdin.close()
    waymart(home, str(path))
    assert not list(home.glob("incoming-*"))
    assert not any(secret in kept(home) for secret in SECRETS)


#: Sorts more than fits into memory, as a load may, and is killed when some of it lies on the disk.
SPILL = """
import os, signal, sys, threading, time
from pathlib import Path
from warehouse.connection import open_warehouse
from warehouse.settings import Settings

def kill(folder):
    while sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) < 10_000_000:
        time.sleep(0.02)
    os.kill(os.getpid(), signal.SIGKILL)

settings = Settings(Path(sys.argv[1]), memory_limit="60MB", temp=Path(sys.argv[2]) if sys.argv[2:] else None)
with open_warehouse(settings, create=True) as connection:
    threading.Thread(target=kill, args=[settings.temp_directory], daemon=True).start()
    connection.execute(
        "create temp table things as select '欧阳锋 13812345678 ' || i as thing from range(100000000) as n(i)"
    )
"""


def test_what_a_killed_load_could_not_hold_in_memory_is_gone_with_the_next_load(tmp_path: Path) -> None:
    path, home = plant(tmp_path), tmp_path / "home"
    killed = subprocess.run([sys.executable, "-c", SPILL, str(home)], check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert [file for file in (home / "temp").rglob("*") if "欧阳锋".encode() in file.read_bytes()]
    waymart(home, str(path))
    assert not any(secret in kept(home) for secret in SECRETS)


def test_what_it_put_on_another_disk_is_gone_too_and_nothing_else_is(tmp_path: Path) -> None:
    path, home, disk = plant(tmp_path), tmp_path / "home", tmp_path / "disk"
    command = [sys.executable, "-c", SPILL, str(home), str(disk)]
    assert subprocess.run(command, check=False, capture_output=True).returncode == -signal.SIGKILL
    assert "欧阳锋" in kept(disk)
    living = disk / f"waymart-{os.getpid()}"
    for other in (disk / "notes.txt", living / "duckdb_temp_storage_DEFAULT-0.tmp"):
        other.parent.mkdir(exist_ok=True)
        other.write_text("kept")
    environment = os.environ | {"WAYMART_HOME": str(home), "WAYMART_TEMP": str(disk)}
    subprocess.run([*COMMAND, str(path)], env=environment, check=True, capture_output=True)
    assert [file.read_text() for file in disk.rglob("*") if file.is_file()] == ["kept", "kept"]


@pytest.mark.parametrize("is_killed", [False, True])
def test_no_person_in_a_push_is_kept_once_it_is_loaded_however_its_load_ends(
    is_killed: bool, tmp_path: Path
) -> None:
    path, home = plant(tmp_path), tmp_path / "home"
    spooled = home / "spool" / "kuaidi100" / "pushed-20261129T120000000000Z-abc.jsonl"
    spooled.parent.mkdir(parents=True)
    spooled.write_bytes(path.read_bytes())
    environment = os.environ | {"WAYMART_HOME": str(home)}
    command = [sys.executable, "-c", "from commands.cli import main; main()", "work", "--every", "0"]

    def worked(seconds: float) -> None:
        worker = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        until = time.monotonic() + seconds
        while time.monotonic() < until and (is_killed or not (home / "serving" / "current.duckdb").exists()):
            time.sleep(0.1)
            if is_killed and (home / "warehouse.duckdb.wal").exists():
                break
        worker.send_signal(signal.SIGKILL if is_killed else signal.SIGINT)
        worker.wait()

    worked(120)
    if is_killed:
        is_killed = False
        worked(120)
    found = kept(home)
    assert "派件员" in found
    for secret in SECRETS:
        assert secret not in found
