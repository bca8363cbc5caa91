"""Waits for files of a folder to be complete."""

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

from watchfiles import Change, watch

#: A file is complete when it has not changed for this long.
_QUIET_SECONDS = 2.0


def completed_files(folder: Path, stop: Event | None = None) -> Iterator[Path]:
    """Yield each file below the folder when it stopped changing, those that lie there already first.

    A file that is moved into the folder is complete as it comes. Ends when ``stop`` is set.
    """
    waiting = {path: _stamp(path) for path in sorted(folder.rglob("*")) if _is_file(path)}
    changes = watch(folder, stop_event=stop, yield_on_timeout=True, rust_timeout=500, step=100)
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
                yield path


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".")


def _stamp(path: Path) -> tuple[int, float]:
    status = path.stat()
    return status.st_size, status.st_mtime
