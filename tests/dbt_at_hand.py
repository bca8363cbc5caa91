"""dbt on the product's models, for tests that want a built warehouse and do not look at how dbt starts.

It starts in three seconds and reads all models in twelve more. Both are done once here for each worker of
the tests, in a process that opens no warehouse; each run is a fork of it.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from warehouse.dbt_child import invoke
from warehouse.dbt_run import Step, command, environment, listen
from warehouse.fork import forked
from warehouse.settings import Settings

_ROOT = Path(__file__).resolve().parents[1]


def run_at_hand(
    settings: Settings, *arguments: str, on_step: Callable[[Step], None] | None = None, zone: str = "UTC"
) -> None:
    """Run dbt as ``warehouse.dbt_run.run_dbt`` does, in a session of this time zone."""
    asked = [environment(settings) | {"TZ": zone}, command(settings, *arguments)]
    server = _server()
    assert server.stdin
    assert server.stdout
    server.stdin.write(json.dumps(asked) + "\n")
    server.stdin.flush()
    code, words = json.loads(server.stdout.readline())
    listen(words, on_step).raise_failure(settings, code)


@cache
def _server() -> subprocess.Popen[str]:
    """It ends with this process, which holds its standard input open."""
    return subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=_ROOT,
        env=os.environ | {"PYTHONPATH": str(_ROOT)},
    )


def _serve() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what dbt says while it reads the models is no answer
    manifest = None
    for line in sys.stdin:
        variables, arguments = json.loads(line)
        os.environ.update(variables)
        time.tzset()
        manifest = manifest or _parsed()
        with forked(lambda: 0 if invoke(manifest, arguments).success else 1, is_heard=True) as fork:  # noqa: B023
            assert fork.words
            words = fork.words.readlines()
            print(json.dumps([fork.wait(), words]), file=answers, flush=True)


def _parsed() -> Any:
    """All models, which are the same in whatever warehouse they are built."""
    with tempfile.TemporaryDirectory() as folder:
        outcome = invoke(None, command(Settings(home=Path(folder)), "parse"))
    assert outcome.success, outcome.exception
    return outcome.result


if __name__ == "__main__":
    _serve()
