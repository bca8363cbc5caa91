"""dbt as anyone runs it, for programs that give many commands: loaded once, in a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path


class PlainDbt:
    """dbt for one warehouse and project; each command runs in a process of its own (see ``dbt_server``).

    What the last command said stands in the file ``words``.
    """

    def __init__(self, home: Path, project: Path) -> None:
        self.words = home.parent / "dbt.words"
        environment = os.environ | {
            "WAYMART_HOME": str(home),
            "DBT_PROJECT_DIR": str(project),
            "DBT_PROFILES_DIR": str(project),
            "DBT_TARGET_PATH": str(home / "dbt" / "target"),
            "DBT_LOG_PATH": str(home / "dbt" / "logs"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DBT_WORDS": str(self.words),
        }
        self._server = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.dbt_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=Path(__file__).parents[1],
        )

    def run(self, *arguments: str, kill_after: float | None = None) -> bool:
        """Run a command, or kill it after so many seconds; return whether it succeeded."""
        assert self._server.stdin
        assert self._server.stdout
        self._server.stdin.write(json.dumps(arguments) + "\n")
        self._server.stdin.flush()
        child = int(self._server.stdout.readline())
        if kill_after is not None:
            time.sleep(kill_after)
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        return int(self._server.stdout.readline()) == 0

    def close(self) -> None:
        """End the process."""
        assert self._server.stdin
        self._server.stdin.close()
        self._server.wait()
