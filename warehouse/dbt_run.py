"""One run of dbt as a subprocess: its log read line by line, its failures in its own short words."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

from warehouse.connection import locked
from warehouse.errors import DiskFullError, KilledError, WaymartError, is_disk_full
from warehouse.fingerprint import models
from warehouse.settings import Settings

_ROOT = Path(__file__).resolve().parents[1]

#: Log events that say why a run failed (RunResultError names the node, MainEncounteredError has none).
_FAILURES = ("RunResultError", "MainEncounteredError")


@dataclass(frozen=True)
class Step:
    """One node of dbt (model, seed, test …) that started or ended; ``index`` of ``total``, 1-based."""

    name: str
    kind: str
    index: int
    total: int
    is_finished: bool


class RunDbt(Protocol):
    """Runs dbt on the project of these settings; raises what ``run_dbt`` raises."""

    def __call__(
        self, settings: Settings, *arguments: str, on_step: Callable[[Step], None] | None = None
    ) -> None:
        """Run dbt with these arguments; ``on_step`` is told of each node."""


def run_dbt(settings: Settings, *arguments: str, on_step: Callable[[Step], None] | None = None) -> None:
    """Run dbt on the project with the warehouse of these settings; target and logs stay under home.

    Raises:
        WarehouseLockedError: another process held the file when dbt wanted it; nothing was written.
        DiskFullError: the disk or the temporary directory was full.
        KilledError: a signal ended dbt.
        WaymartError: dbt failed; the sentence has each failed node and dbt's own message.
    """
    with _dbt(settings, arguments) as process:
        assert process.stdout is not None
        said = listen(process.stdout, on_step)
        code = process.wait()
    said.raise_failure(settings, code)


def listen(lines: Iterable[str], on_step: Callable[[Step], None] | None) -> "Said":
    """Take up dbt's log until it ends; tell of each step."""
    said = Said()
    for line in lines:
        event = _event(line)
        if event is None:
            said.last_words = line.strip() or said.last_words
            continue
        if (step := _step(event)) and on_step:
            on_step(step)
        if failure := _failure(event):
            said.failures.append(failure)
    return said


@dataclass
class Said:
    """What dbt said of a run that failed."""

    failures: list[str] = field(default_factory=list)
    last_words: str = ""

    def raise_failure(self, settings: Settings, code: int) -> None:
        """Raise the error of a run that ended with this code; 0 raises none unless the disk was full."""
        for failure in self.failures:
            if lock := locked(failure):
                raise lock
        if any(is_disk_full(words) for words in [*self.failures, self.last_words]):
            raise DiskFullError(settings.home)
        if code < 0:
            raise KilledError(f"dbt was ended by signal {-code} ({signal.strsignal(-code)}): build again.")
        if code > 0:
            what = "; ".join(self.failures) or self.last_words or f"it ended with code {code}"
            raise WaymartError(
                f"dbt could not build the models: {what} (its log: {settings.dbt_logs / 'dbt.log'})."
            )


def is_heard(name: str, fields: Container[str]) -> bool:
    """Return whether ``listen`` reads an event of dbt of this name, whose data has these fields."""
    return name in _FAILURES or ("index" in fields and ("total" in fields or "num_models" in fields))


def command(settings: Settings, *arguments: str) -> list[str]:
    """Return dbt's arguments; on standard output it says nothing by itself (see ``dbt_child``)."""
    return [
        *("--log-level", "none", "--log-format-file", "text", "--no-use-colors"),
        # What dbt says for its own developers takes a tenth of a small build to write.
        *("--log-path", str(settings.dbt_logs)),
        *("--log-level-file", "debug" if os.environ.get("WAYMART_DEBUG") else "info"),
        *arguments,
        *("--project-dir", str(settings.dbt_project), "--profiles-dir", str(settings.dbt_project)),
        *("--target-path", str(settings.dbt_target), "--threads", str(settings.thread_count)),
    ]


def environment(settings: Settings) -> dict[str, str]:
    """Return what dbt's profile and our macros read from the environment."""
    return {
        "WAYMART_HOME": str(settings.home),
        "WAYMART_MEMORY_LIMIT": settings.memory_limit,
        "WAYMART_TEMP": str(settings.temp_directory),
        "WAYMART_PROJECT": models(settings),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


@contextmanager
def _dbt(settings: Settings, arguments: tuple[str, ...]) -> Iterator[subprocess.Popen[str]]:
    """Start dbt; when the block is left early, dbt is ended before its lock could disturb anyone."""
    process = subprocess.Popen(
        [sys.executable, "-m", "warehouse.dbt_child", *command(settings, *arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | environment(settings) | {"PYTHONUNBUFFERED": "1"},
        cwd=_ROOT,  # where `-m` finds this package, from whatever folder the command was given
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            _close(pipe)


def _close(pipe: IO[str] | None) -> None:
    if pipe is not None:
        pipe.close()


def _event(line: str) -> dict[str, Any] | None:
    """One event of dbt's log, or None for a line that is not of the log (a warning of Python)."""
    try:
        event = json.loads(line)
    except json.JSONDecodeError:
        return None
    return event if isinstance(event, dict) and "info" in event else None


def _step(event: dict[str, Any]) -> Step | None:
    data = event["data"]
    node = data.get("node_info") or {}
    total = data.get("total") or data.get("num_models")  # tests say it differently
    if "index" not in data or total is None:
        return None
    return Step(
        name=node.get("node_name") or data.get("node_name") or "",
        kind=node.get("resource_type") or data.get("resource_type") or "",
        index=data["index"],
        total=total,
        is_finished=event["info"]["name"] != "LogStartLine",
    )


def _failure(event: dict[str, Any]) -> str | None:
    if event["info"]["name"] not in _FAILURES:
        return None
    data = event["data"]
    message = " ".join(str(data.get("msg") or data.get("exc")).split())
    name = (data.get("node_info") or {}).get("node_name")
    return f"{name}: {message}" if name else message
