"""Waits for files of a folder to be complete."""

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

from watchfiles import Change, watch

#: A file is complete when it has not changed for this long.
_QUIET_SECONDS = 2.0
#: So many small files are loaded as one; with more a build would have to wait for long.
_TOGETHER = 512


def completed_files(folder: Path, stop: Event | None = None) -> Iterator[list[Path]]:
    """Yield the files below the folder as they stop changing; see ``arrivals``."""
    yield from (completed for completed in arrivals(folder, stop=stop) if completed)


def arrivals(folder: Path, *spools: Path, stop: Event | None = None) -> Iterator[list[Path]]:
    """Yield the files below the folder that have stopped changing, those that lie there already first.

    Those that are complete at the same time come together, up to a number. A file that is moved into the
    folder is complete as it comes. It yields at least every half second, and when something changes in one
    of the spools, though nothing be complete. Ends when ``stop`` is set.
    """
    waiting = {path: _stamp(path) for path in sorted(folder.rglob("*")) if _is_file(path)}
    changes = watch(
        folder, *spools, stop_event=stop, yield_on_timeout=True, rust_timeout=500, step=100, debounce=400
    )
    for changed in changes:
        for change, name in sorted(changed):
            path = Path(name)
            if not path.is_relative_to(folder):
                continue
            if change == Change.deleted:
                waiting.pop(path, None)
            elif _is_file(path):
                waiting[path] = _stamp(path)
        completed: list[Path] = []
        for path, (size, modified) in sorted(waiting.items()):
            if not _is_file(path):
                del waiting[path]
            elif _stamp(path) != (size, modified):
                waiting[path] = _stamp(path)
            elif time.time() - modified >= _QUIET_SECONDS:
                del waiting[path]
                completed.append(path)
        yield from ([completed[at : at + _TOGETHER] for at in range(0, len(completed), _TOGETHER)] or [[]])


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".")


def _stamp(path: Path) -> tuple[int, float]:
    status = path.stat()
    return status.st_size, status.st_mtime
