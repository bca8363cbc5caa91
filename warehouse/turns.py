"""One build at a time: who comes second waits, and is told for whom."""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from warehouse.settings import Settings

_log = logging.getLogger("waymart")


class HeldError(Exception):
    """Another process holds the lock; the message is its number."""


@contextmanager
def held(lock: Path) -> Iterator[None]:
    """Hold the lock while the block runs; raises HeldError at once where another process does."""
    with lock.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise HeldError(file.read() or "another") from None
        _sign(file)
        yield


@contextmanager
def taking_turns(settings: Settings) -> Iterator[None]:
    """Hold the line from build to publication while the block runs; wait while another process does."""
    if not settings.warehouse.exists():
        yield  # what follows says that nothing was loaded, and leaves nothing behind
        return
    with (settings.home / "line.lock").open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            _log.warning("Waiting: process %s builds or publishes this warehouse.", lock.read() or "another")
            fcntl.flock(lock, fcntl.LOCK_EX)
        _sign(lock)
        yield


def _sign(lock: IO[str]) -> None:
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
