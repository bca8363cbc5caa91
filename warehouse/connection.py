"""Opening the warehouse: waits for whoever holds it, then says who that is."""

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from textwrap import shorten

import duckdb
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from warehouse.errors import WarehouseLockedError, WaymartError
from warehouse.settings import STORAGE_VERSION, TEMP_PREFIX, Settings

_LOCKED = "Could not set lock on file"
_log = logging.getLogger("waymart")


@contextmanager
def open_warehouse(
    settings: Settings, *, read_only: bool = False, create: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse file, in UTC; closed on leaving. Only what loads creates it.

    Raises:
        WarehouseLockedError: another process still held the file when patience ended.
        WaymartError: the file is not there or cannot be opened.
    """
    if not create and not settings.warehouse.exists():
        raise WaymartError(
            "The warehouse is empty: load something first with `waymart ingest PROVIDER PATH`."
        )
    settings.home.mkdir(parents=True, exist_ok=True)
    connection = while_locked(settings)(_open, settings.warehouse, read_only)
    try:
        connection.execute("set timezone = 'UTC'; set enable_progress_bar = false")
        connection.execute(f"set memory_limit = '{settings.memory_limit}'")
        if not read_only:
            _clear_temp(settings)
        connection.execute(f"set temp_directory = $${settings.temp_directory}$$")
        yield connection
    finally:
        connection.close()


def _clear_temp(settings: Settings) -> None:
    """Remove what killed processes left of raw rows: no other process has this warehouse now."""
    if settings.temp is None:
        rmtree(settings.temp_directory, ignore_errors=True)
        return
    for folder in settings.temp.glob(f"{TEMP_PREFIX}*"):
        if not _is_alive(folder.name.removeprefix(TEMP_PREFIX)):
            rmtree(folder, ignore_errors=True)
    # DuckDB makes the last folder of a path only.
    settings.temp.mkdir(parents=True, exist_ok=True)


def _is_alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except (PermissionError, ValueError):
        return True
    return True


def while_locked(settings: Settings) -> Retrying:
    """Try again, for as long as the settings say, what ends in WarehouseLockedError."""
    return Retrying(
        retry=retry_if_exception_type(WarehouseLockedError),
        stop=stop_after_delay(settings.lock_patience_seconds),
        wait=wait_fixed(0.5),
        before_sleep=_say_once,
        reraise=True,
    )


def locked(message: str) -> WarehouseLockedError | None:
    """Read DuckDB's message about a lock and name its holder, or None when it is about something else."""
    if _LOCKED not in message:
        return None
    process = re.search(r"held in (?P<program>.+?) \(PID (?P<pid>\d+)\)", message)
    if process is None:
        return WarehouseLockedError("Another process holds the warehouse: wait until it ends.")
    pid, program = process["pid"], process["program"]
    return WarehouseLockedError(
        f"The warehouse is held by process {pid} ({_command(pid) or program}): "
        "wait until it ends or stop it, then try again."
    )


def _command(pid: str) -> str | None:
    """The command line of a process, where the system shows it (Linux)."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return None
    return shorten(b" ".join(words).decode(errors="replace"), width=100, placeholder=" …") or None


def _open(path: Path, read_only: bool) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(
            path, read_only=read_only, config={"storage_compatibility_version": STORAGE_VERSION}
        )
    except duckdb.IOException as error:
        raise locked(str(error)) or WaymartError(f"The warehouse cannot be opened: {error}") from error


def _say_once(state: RetryCallState) -> None:
    if state.attempt_number == 1 and state.outcome is not None:
        _log.warning("Waiting: %s", str(state.outcome.exception()).partition(":")[0])
