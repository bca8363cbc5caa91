import os
import re
import signal
import subprocess
import sys
import time

import pytest
from small_line import SmallLine

from warehouse.connection import open_warehouse
from warehouse.errors import WarehouseLockedError

_HOLD = "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print('held', flush=True); time.sleep({})"


def _hold(line: SmallLine, seconds: float) -> "subprocess.Popen[str]":
    line.settings.home.mkdir(parents=True, exist_ok=True)
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD.format(seconds), str(line.settings.warehouse)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def test_a_lock_that_is_released_in_time_is_waited_for(line: SmallLine) -> None:
    with _hold(line, 1.5), open_warehouse(line.settings) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_a_lock_that_stays_is_named_with_process_and_command(line: SmallLine) -> None:
    line.patience_seconds = 0.5
    with _hold(line, 60) as holder:
        started = time.monotonic()
        with pytest.raises(WarehouseLockedError) as caught, open_warehouse(line.settings):
            pass
        assert time.monotonic() - started < 10
        assert f"held by process {holder.pid} ({sys.executable} -c import duckdb" in str(caught.value)
        assert re.search(r"wait until it ends or stop it, then try again\.$", str(caught.value))
        os.kill(holder.pid, signal.SIGKILL)


def test_a_killed_holder_holds_nothing(line: SmallLine) -> None:
    line.patience_seconds = 0.5
    with _hold(line, 60) as holder:
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
        with open_warehouse(line.settings) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
