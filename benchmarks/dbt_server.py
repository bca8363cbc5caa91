"""Runs dbt many times without loading it anew: ``python -m benchmarks.dbt_server``, a command a line.

A command is a JSON list of dbt's arguments. It runs in a fork that ends with it, as a process of its own
would; its words go to the file that DBT_WORDS names. The answer is two lines: the id of the process when it
starts, its exit code when it ended.
"""

import json
import os
import sys
import warnings

from dbt.cli.main import dbtRunner

warnings.filterwarnings(
    "ignore", category=DeprecationWarning
)  # a fork of a process with threads: none of ours run


def _run(arguments: list[str]) -> int:
    child = os.fork()
    if child == 0:
        words = os.open(os.environ["DBT_WORDS"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(words, 1)
        os.dup2(words, 2)
        result = dbtRunner().invoke(arguments)
        sys.stdout.flush()
        if result.exception is not None:
            print(result.exception, flush=True)
        os._exit(0 if result.success else 1)
    print(child, flush=True)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    for line in sys.stdin:
        print(_run(json.loads(line)), flush=True)
