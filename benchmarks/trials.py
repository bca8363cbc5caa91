"""Run every trial, a program that needs many markets or kills; ``make trials`` writes down what was found.

Each trial takes ``--seeds N --first-seed S --json``, ends with an error where a promise is broken, and prints
one JSON object as its last line. Figures that are lists, a market each, are left to the programs.
"""

import json
import platform
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from random import SystemRandom
from typing import Annotated

import typer

_PAGE = Path(__file__).parents[1] / "dbt_project" / "docs" / "trials.md"


@dataclass(frozen=True)
class Trial:
    """A program of this room, how many seeds it needs to say something, and the question it answers."""

    program: str
    seeds: int
    question: str


TRIALS = (
    Trial("build_sequences", 30, "Do random commands of dbt leave the tables of one full build?"),
    Trial("courier_choice", 40, "Is the choice of couriers too hard for a plain difference of means?"),
    Trial("why_changed", 40, "Does an injected cause come first among the parts of the change that it made?"),
)


def run(trial: Trial, seeds: int, first_seed: int) -> dict[str, object]:
    """Run a trial and return its figures by name.

    Raises:
        subprocess.CalledProcessError: a promise is broken; the trial's own words say which.
    """
    command = [sys.executable, "-m", f"benchmarks.{trial.program}", "--json"]
    command += ["--seeds", str(seeds), "--first-seed", str(first_seed)]
    lines = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for lines in process.stdout:
            if not lines.startswith("{"):
                print(lines, end="", flush=True)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return dict(_figures(json.loads(lines)))


def _figures(found: dict[str, object], above: str = "") -> Iterator[tuple[str, object]]:
    for name, value in found.items():
        if isinstance(value, dict):
            yield from _figures(value, f"{above}{name} ")
        elif not isinstance(value, list):
            yield above + name.replace("_", " "), round(value, 4) if isinstance(value, float) else value


def _page(found: dict[Trial, dict[str, object]]) -> str:
    machine = f"{platform.machine()}, Python {platform.python_version()}, DuckDB {version('duckdb')}"
    parts = [f"# Trials\n\nWritten by `make trials` on {datetime.now(UTC):%Y-%m-%d} ({machine}).\n"]
    for trial, figures in found.items():
        rows = "\n".join(f"| {name} | {value} |" for name, value in figures.items())
        heading = f"## {trial.question}\n\n`python -m benchmarks.{trial.program}`\n"
        parts.append(f"{heading}\n| Figure | Value |\n| --- | --- |\n{rows}\n")
    return "\n".join(parts)


def main(
    first_seed: Annotated[int | None, typer.Option(help="The first seed of each; default: drawn.")] = None,
) -> None:
    """Run all trials, one after the other, and write their figures into the docs."""
    first = SystemRandom().randrange(2**31) if first_seed is None else first_seed
    _PAGE.write_text(_page({trial: run(trial, trial.seeds, first) for trial in TRIALS}))


if __name__ == "__main__":
    typer.run(main)
