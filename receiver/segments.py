"""Pushes as files: appended to a segment, durable before they are answered, renamed into the spool when full.

A segment is one file of one provider's pushes, a line each, which its owner alone can read. All that wait
while one write reaches the disk are written by the next one: one ``fdatasync`` for many.
"""

import asyncio
import fcntl
import os
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from shutil import disk_usage, rmtree
from typing import IO

#: A segment goes to the spool when it is so old, or so long.
ROTATE_SECONDS = 1.0
ROTATE_BYTES = 8 << 20

#: Nothing is taken when the disk has less left: a build needs room, too.
DISK_FREE_MIN = 256 << 20
_LOOK_SECONDS = 0.2
#: So long a write waits for others to go with it: handing one to a thread costs as much as ten pushes do.
_GATHER_SECONDS = 0.001


class FullError(Exception):
    """What was pushed could not be kept: the disk, or the spool, is full."""


@dataclass(frozen=True)
class Feed:
    """Whose pushes, and what the files are called: before the time of the first push, and after."""

    provider_id: str
    stem: str
    suffix: str


@dataclass
class _Writer:
    """The segment of one feed, if one is open, and who waits for it."""

    feed: Feed
    waiting: list[tuple[bytes, asyncio.Future[None]]] = field(default_factory=list)
    is_busy: bool = False
    flushing: asyncio.Task[None] | None = None
    descriptor: int | None = None
    path: Path = Path()
    size: int = 0
    opened: float = 0.0


class Segments:
    """The segments of one process, in a folder of its own below ``receiving``, which go to ``spool``.

    Both lie on one disk. What a process left that was killed goes to the spool at once, but for a last line
    that it had not finished, and so not answered. Nothing is taken while ``max_bytes`` wait in the spool, or
    less than ``min_free_bytes`` are free on the disk.
    """

    def __init__(
        self, receiving: Path, spool: Path, max_bytes: int, min_free_bytes: int = DISK_FREE_MIN
    ) -> None:
        self._open, self._spool = receiving / secrets.token_hex(4), spool
        self._max_bytes, self._min_free_bytes = max_bytes, min_free_bytes
        # Under its name it is locked from the beginning, or others would take it for that of a dead process.
        draft = self._open.with_name(f".{self._open.name}")
        for folder in (receiving, draft, spool):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = _locked(draft)
        assert lock is not None
        self._lock = lock
        draft.rename(self._open)
        self._writers: dict[Feed, _Writer] = {}
        self._left: list[Path] = []
        self.is_full = False
        self.waiting_bytes = 0
        for folder in receiving.glob("[!.]*/"):
            if folder != self._open:
                self._adopt(folder)
        self.look()

    async def append(self, feed: Feed, lines: bytes) -> None:
        """Return when the lines are on the disk.

        Raises:
            FullError: they are not.
        """
        if self.is_full:
            raise FullError
        writer = self._writers.setdefault(feed, _Writer(feed))
        durable = asyncio.get_running_loop().create_future()
        writer.waiting.append((lines, durable))
        self._start(writer)
        await durable

    async def keep_rotating(self) -> None:
        """Rename segments into the spool as they grow old, until cancelled; then all of them."""
        try:
            while True:
                await asyncio.sleep(_LOOK_SECONDS)
                await asyncio.to_thread(self.look)
                for writer in self._writers.values():
                    if _is_old(writer):
                        self._start(writer)
        finally:
            await asyncio.gather(*(writer.flushing for writer in self._writers.values() if writer.flushing))
            for writer in self._writers.values():
                self._rotate(writer)

    def close(self) -> None:
        """Leave no folder behind, but for segments that the spool could not take: the next process may."""
        if not any(self._open.glob("*/*")):
            rmtree(self._open)
        self._lock.close()

    def look(self) -> None:
        """See how much waits in the spool, and whether more can be taken."""
        with suppress(OSError):
            while self._left:
                self._end(self._left[-1])
                self._left.pop()
        sizes = []
        for path in self._spool.glob("*/*"):
            with suppress(FileNotFoundError):
                sizes.append(path.stat().st_size)
        self.waiting_bytes = sum(sizes)
        free = disk_usage(self._spool).free
        self.is_full = self.waiting_bytes > self._max_bytes or free < self._min_free_bytes

    def _start(self, writer: _Writer) -> None:
        """Let the segment be written, or rotated, unless that is under way."""
        if not writer.is_busy:
            writer.is_busy = True
            writer.flushing = asyncio.create_task(self._flush(writer))

    async def _flush(self, writer: _Writer) -> None:
        """Write what waits until nothing does; the segment is this one's alone meanwhile."""
        try:
            while True:
                await asyncio.sleep(_GATHER_SECONDS)
                batch, writer.waiting = writer.waiting, []
                error = await asyncio.to_thread(self._write, writer, b"".join(lines for lines, _ in batch))
                for _, durable in batch:
                    if durable.cancelled():
                        continue
                    if error is None:
                        durable.set_result(None)
                    else:
                        durable.set_exception(error)
                if not writer.waiting:
                    return
        finally:
            writer.is_busy = False

    def _write(self, writer: _Writer, lines: bytes) -> FullError | None:
        try:
            if _is_old(writer):
                self._rotate(writer)
            if not lines:
                return None
            if writer.descriptor is None:
                self._begin(writer)
            assert writer.descriptor is not None
            rest = memoryview(lines)
            while rest:
                rest = rest[os.write(writer.descriptor, rest) :]
            os.fdatasync(writer.descriptor)
            writer.size += len(lines)
        except OSError as error:
            self._cut(writer)
            return FullError(error.strerror)
        return None

    def _begin(self, writer: _Writer) -> None:
        feed, now = writer.feed, datetime.now(UTC)
        name = f"{feed.stem}-{now:%Y%m%dT%H%M%S%fZ}-{secrets.token_hex(3)}{feed.suffix}"
        writer.path = self._open / feed.provider_id / name
        writer.path.parent.mkdir(exist_ok=True)
        writer.descriptor = os.open(writer.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, 0o600)
        _sync_folder(writer.path.parent)
        writer.size, writer.opened = 0, time.monotonic()

    def _cut(self, writer: _Writer) -> None:
        """Take back what was not written whole; after a failed write another segment begins."""
        if writer.descriptor is not None:
            with suppress(OSError):
                os.ftruncate(writer.descriptor, writer.size)
            self._rotate(writer)

    def _rotate(self, writer: _Writer) -> None:
        if writer.descriptor is None:
            return
        os.close(writer.descriptor)
        writer.descriptor = None
        try:
            self._move(writer.path, writer.size)
        except OSError:
            self._left.append(writer.path)

    def _move(self, path: Path, size: int) -> None:
        if not size:
            path.unlink()
            return
        target = self._spool / path.parent.name / path.name
        target.parent.mkdir(mode=0o700, exist_ok=True)
        path.rename(target)
        _sync_folder(target.parent)

    def _adopt(self, folder: Path) -> None:
        """Move what a dead process left into the spool, without lines that were not written whole."""
        with suppress(FileNotFoundError):  # another process adopts it, too
            lock = _locked(folder)
            if lock is not None:
                for path in folder.glob("*/*"):
                    self._end(path)
                rmtree(folder)
                lock.close()

    def _end(self, path: Path) -> None:
        with path.open("rb+") as file:
            whole = _whole_bytes(file)
            file.truncate(whole)
            os.fsync(file.fileno())
        self._move(path, whole)


def _is_old(writer: _Writer) -> bool:
    return writer.descriptor is not None and (
        writer.size >= ROTATE_BYTES or time.monotonic() - writer.opened >= ROTATE_SECONDS
    )


def _whole_bytes(file: IO[bytes]) -> int:
    """Return where the last whole line ends; a segment is never much longer than ``ROTATE_BYTES``."""
    return file.read().rfind(b"\n") + 1


def _locked(folder: Path) -> IO[str] | None:
    """Hold a process's folder; None where it lives."""
    lock = (folder / "lock").open("w", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
