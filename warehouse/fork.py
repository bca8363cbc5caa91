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
    """Work in a child of this process, begun at once; ``words`` are what it says, where that is listened to.

    What this process holds in memory the child has, too; nothing of what the child does to it comes back.
    However this process dies, the child dies at once: it would go on writing and hold the warehouse.
    """

    def __init__(self, work: Callable[[], int], *, is_heard: bool = False) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        ours, self._theirs = os.pipe()
        heard, said = os.pipe() if is_heard else (None, None)
        self._code: int | None = None
        self._pid = os.fork()
        if self._pid == 0:
            code = 1
            # Nothing may leave this block: the child would go on with what its parent does after it.
            try:
                os.close(self._theirs)
                if said is not None:
                    os.dup2(said, 1)
                    os.dup2(said, 2)
                code = _worked(work, ours)
            finally:
                os._exit(code)
        os.close(ours)
        if said is not None:
            os.close(said)
        self.words: IO[str] | None = None if heard is None else os.fdopen(heard, encoding="utf-8")

    def wait(self) -> int:
        """Wait for its end; return what the work did, 1 where it raised, less where a signal ended it."""
        if self._code is None:
            self._ended(os.waitpid(self._pid, 0)[1])
        assert self._code is not None
        return self._code

    def poll(self) -> int | None:
        """Return as ``wait`` does if it has ended, else None."""
        if self._code is None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                self._ended(status)
        return self._code

    def send(self, signal_number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self._code is None:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal_number)

    def kill(self) -> None:
        """End it, unless it has ended."""
        if self._code is None:
            # It may have ended, and Ctrl-C have come before that was noted.
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(self._pid, signal.SIGKILL)
                self.wait()

    def _ended(self, status: int) -> None:
        self._code = os.waitstatus_to_exitcode(status)
        os.close(self._theirs)


@contextmanager
def forked(work: Callable[[], int], *, is_heard: bool = False) -> Iterator[Fork]:
    """Do the work, which returns an exit code, in a child; when the block is left, the child is ended."""
    fork = Fork(work, is_heard=is_heard)
    try:
        yield fork
    finally:
        fork.kill()
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
        # Where nobody listens any more, there is nothing to be said.
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()


def _die_with(parent: int) -> None:
    """Wait until the pipe closes, which the parent holds open."""
    os.read(parent, 1)
    os.kill(os.getpid(), signal.SIGKILL)
