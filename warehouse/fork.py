"""Work in a fork of this process, which ends with the work, and with this process."""

import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import IO


class Fork:
    """A child at work; ``words`` are what it says, where that is listened to."""

    def __init__(self, pid: int, words: IO[str] | None) -> None:
        self.words = words
        self._pid = pid
        self._code: int | None = None

    def wait(self) -> int:
        """Wait for its end; return what the work did, 1 where it raised, less where a signal ended it."""
        if self._code is None:
            _, status = os.waitpid(self._pid, 0)
            self._code = os.waitstatus_to_exitcode(status)
        return self._code

    def kill(self) -> None:
        """End it, unless it has ended."""
        if self._code is None:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            self.wait()


@contextmanager
def forked(work: Callable[[], int], *, is_heard: bool = False) -> Iterator[Fork]:
    """Do the work, which returns an exit code, in a child; when the block is left, the child is ended.

    What this process holds in memory the child has, too; nothing of what the child does to it comes back.
    However this process dies, the child dies at once: it would go on writing and hold the warehouse.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    ours, theirs = os.pipe()
    heard, said = os.pipe() if is_heard else (None, None)
    pid = os.fork()
    if pid == 0:
        os.close(theirs)
        if said is not None:
            os.dup2(said, 1)
            os.dup2(said, 2)
        os._exit(_worked(work, ours))
    os.close(ours)
    if said is not None:
        os.close(said)
    fork = Fork(pid, None if heard is None else os.fdopen(heard, encoding="utf-8"))
    try:
        yield fork
    finally:
        fork.kill()
        os.close(theirs)
        if fork.words is not None:
            fork.words.close()


def _worked(work: Callable[[], int], parent: int) -> int:
    threading.Thread(target=_die_with, args=(parent,), daemon=True).start()
    try:
        return work()
    except KeyboardInterrupt:
        return 130
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _die_with(parent: int) -> None:
    """Wait until the pipe closes, which the parent holds open."""
    os.read(parent, 1)
    os.kill(os.getpid(), signal.SIGKILL)
