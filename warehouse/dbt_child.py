"""Runs dbt in a process of its own that does not outlive the command that started it.

``python -m warehouse.dbt_child ARGUMENTS OF DBT…``, with standard input a pipe that the parent holds open.
When the parent dies, however it dies, the pipe closes and this process kills itself: a build without
its command would go on writing and hold the warehouse.
"""

import os
import signal
import sys
import threading


def _die_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Run dbt with this process's arguments; exits with dbt's code."""
    threading.Thread(target=_die_with_parent, daemon=True).start()
    from dbt.cli.main import cli  # takes seconds; the watch above must already stand

    cli()


if __name__ == "__main__":
    main()
