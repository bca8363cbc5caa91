"""What a worker has before it, and who is at it: pushes are shown while what came before them is built.

One child shows scans that were pushed, another loads, builds and publishes. The worker itself never opens the
warehouse, so that a child that is killed is a build that is killed, and no more.
"""

import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from operations.live import live_file, show_segments
from operations.spool import Segment, refused_count, segments
from serving.live import Worker, write_worker
from warehouse.fork import Fork
from warehouse.settings import Settings

#: After a build that failed, at least so long until the next one, seconds.
_PATIENCE = 10.0
#: The worker says that it is there at least so often, seconds.
_TELL_SECONDS = 10.0

#: Loads segments and files, builds and publishes; returns an exit code, EX_TEMPFAIL to be asked once more.
Publish = Callable[[Sequence[Segment], Sequence[Path]], int]


@dataclass(frozen=True)
class _Task:
    """A child at work on something; ``covered`` are live files that need not be once it has published."""

    fork: Fork
    segments: Sequence[Segment]
    paths: Sequence[Path] = ()
    covered: frozenset[Path] = frozenset()
    began: float = 0.0


class Line:
    """Segments and files on their way to the readers.

    ``publish`` runs in a child, at most once in ``every_seconds``, after ``prepare`` ran here; ``say`` tells
    the person at the console.
    """

    def __init__(
        self,
        settings: Settings,
        prepare: Callable[[], None],
        publish: Publish,
        every_seconds: float,
        say: Callable[[str], None],
    ) -> None:
        self._settings, self._every, self._say = settings, every_seconds, say
        self._prepare, self._publish = prepare, publish
        self._shown: dict[Path, Segment] = {}
        self._paths: list[Path] = []
        self._showing: _Task | None = None
        self._building: _Task | None = None
        # What was loaded and is not published is, first of all.
        self._is_due = settings.warehouse.exists()
        self._not_before = 0.0
        now = datetime.now(UTC)
        self._worker = Worker(os.getpid(), started_at=now, told_at=now, is_building=False)
        write_worker(settings.worker, self._worker)

    def take(self, completed: Sequence[Path]) -> None:
        """Take files, which are complete."""
        self._paths += completed

    def go_on(self) -> None:
        """See who has ended, and let begin whoever can."""
        self._end_showing()
        self._end_building()
        waiting = segments(self._settings)
        fresh = [segment for segment in waiting if segment.path not in self._shown]
        if fresh and self._showing is None:
            self._showing = _Task(Fork(lambda: _show(self._settings, fresh)), fresh)
        is_time = time.monotonic() >= self._not_before
        if self._building is None and is_time and (self._is_due or self._shown or self._paths):
            self._begin_building(waiting)
        self._tell(waiting)

    def _begin_building(self, waiting: Sequence[Segment]) -> None:
        given, paths = [*self._shown.values()], self._paths
        self._paths, self._is_due = [], False
        kept = {
            live_file(self._settings, segment.path) for segment in waiting if segment.path not in self._shown
        }
        covered = frozenset(set(self._settings.live.glob("[!.]*.parquet")) - kept)
        self._not_before = time.monotonic() + self._every
        self._prepare()
        fork = Fork(lambda: self._publish(given, paths))
        self._building = _Task(fork, given, paths, covered, time.monotonic())

    def _end_showing(self) -> None:
        if self._showing is not None and self._showing.fork.poll() is not None:
            # One that could not be shown is loaded all the same.
            self._shown |= {segment.path: segment for segment in self._showing.segments}
            self._showing = None

    def _end_building(self) -> None:
        task = self._building
        if task is None or (code := task.fork.poll()) is None:
            return
        self._building = None
        if code < 0:
            self._say(
                f"Ended by signal {-code} ({signal.strsignal(-code)}); what was published is unchanged."
            )
        what = _counted(task)
        if code < 0 or code == os.EX_TEMPFAIL:
            self._say(f"Once more: {what}.")
            self._paths, self._is_due, self._not_before = [*task.paths, *self._paths], True, 0.0
            return
        self._say(f"{what} in {time.monotonic() - task.began:.1f} s.")
        # What is still there could not be loaded now, and is tried again.
        self._shown = {path: segment for path, segment in self._shown.items() if path.exists()}
        if code:
            self._not_before = max(self._not_before, time.monotonic() + _PATIENCE)
            return
        still = {live_file(self._settings, path) for path in self._shown}
        for path in task.covered - still:
            path.unlink(missing_ok=True)
        self._note_published(task)

    def _note_published(self, task: _Task) -> None:
        now = datetime.now(UTC)
        lags = [(now - segment.came_at).total_seconds() for segment in task.segments]
        lag = round(max(lags), 1) if lags else self._worker.lag_seconds
        self._worker = replace(self._worker, published_at=now, lag_seconds=lag)

    def _tell(self, waiting: Sequence[Segment]) -> None:
        unpublished = [*waiting, *(self._building.segments if self._building else ())]
        now = datetime.now(UTC)
        worker = replace(
            self._worker,
            is_building=self._building is not None,
            waiting_since=min((segment.came_at for segment in unpublished), default=None),
            waiting_count=len({segment.path for segment in unpublished}),
            refused_count=refused_count(self._settings),
        )
        if worker != self._worker or (now - worker.told_at).total_seconds() > _TELL_SECONDS:
            self._worker = replace(worker, told_at=now)
            write_worker(self._settings.worker, self._worker)


def _show(settings: Settings, fresh: Sequence[Segment]) -> int:
    show_segments(settings, fresh)
    return 0


def _counted(task: _Task) -> str:
    counts = ((len(task.paths), "file"), (len(task.segments), "segment"))
    named = [f"{count} {name}{'' if count == 1 else 's'}" for count, name in counts if count]
    return " and ".join(named) or "0 files"
