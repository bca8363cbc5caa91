"""Waits for files of a folder to be complete."""

import math
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

from watchfiles import Change, watch

#: A file is complete when it has not changed for this long.
_QUIET_SECONDS = 2.0
#: So many small files are loaded as one; with more a build would have to wait for long.
_TOGETHER = 512


def completed_files(
    folder: Path, stop: Event | None = None, *, every_seconds: float = 0.0
) -> Iterator[list[Path]]:
    """Yield the files below the folder as they stop changing, those that lie there already first.

    Those that are complete at the same time come together, up to a number; so do those that come within
    ``every_seconds`` of the last ones. A file that is moved into the folder is complete as it comes. Ends
    when ``stop`` is set.
    """
    waiting = {path: _stamp(path) for path in sorted(folder.rglob("*")) if _is_file(path)}
    changes = watch(folder, stop_event=stop, yield_on_timeout=True, rust_timeout=500, step=100)
    completed: list[Path] = []
    last = -math.inf
    for changed in changes:
        for change, name in sorted(changed):
            path = Path(name)
            if change == Change.deleted:
                waiting.pop(path, None)
            elif _is_file(path):
                waiting[path] = _stamp(path)
        for path, (size, modified) in sorted(waiting.items()):
            if not _is_file(path):
                del waiting[path]
            elif _stamp(path) != (size, modified):
                waiting[path] = _stamp(path)
            elif time.time() - modified >= _QUIET_SECONDS:
                del waiting[path]
                completed.append(path)
        if completed and time.monotonic() - last >= every_seconds:
            last = time.monotonic()
            yield from (completed[at : at + _TOGETHER] for at in range(0, len(completed), _TOGETHER))
            completed = []


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".")


def _stamp(path: Path) -> tuple[int, float]:
    status = path.stat()
    return status.st_size, status.st_mtime
