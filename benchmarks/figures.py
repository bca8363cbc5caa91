"""Runs a program of this room and writes what it found into a page of the docs."""

import json
import platform
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

#: The command as installed. (Under `python -c` PySpark takes itself for a doctest and ends the program.)
WAYMART = [str(Path(sys.executable).with_name("waymart"))]
DOCS = Path(__file__).parents[1] / "dbt_project" / "docs"


def run(program: str, *arguments: str) -> dict[str, Any]:
    """Run ``python -m benchmarks.<program>``; return the JSON object of its last line, show the others.

    Raises:
        subprocess.CalledProcessError: it ended with an error; its own words, all of them shown, say why.
    """
    command = [sys.executable, "-m", f"benchmarks.{program}", *arguments]
    line = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if not line.startswith("{"):
                print(line, end="", flush=True)
    if process.returncode:
        if line.startswith("{"):
            print(line, end="", flush=True)
        raise subprocess.CalledProcessError(process.returncode, command)
    found: dict[str, Any] = json.loads(line)
    return found


def flat(found: dict[str, Any], above: str = "") -> Iterator[tuple[str, object]]:
    """Yield the figures of a JSON object by name; of a list, those of each of its objects."""
    for name, value in found.items():
        words = above + name.replace("_", " ")
        if isinstance(value, dict):
            yield from flat(value, f"{words} ")
        elif isinstance(value, list):
            for place, one in enumerate(value, 1):
                if isinstance(one, dict):
                    yield from flat(one, f"{words} {place} ")
        else:
            yield words, value


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(map(_written, line))} |\n" for line in lines)


def _written(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,.0f}" if abs(value) >= 100 or isinstance(value, int) else f"{value:.3g}"


def with_section(page: str, head: str, questions: Sequence[str], question: str, text: str) -> str:
    """Return a page with the section that answers a question put in or made anew, the others as they were.

    Args:
        page: as it was, empty at first.
        head: what stands before the sections.
        questions: all that the page answers, in its order; what it says of others goes.
        question: one of them, the title of the section.
        text: of the section.
    """
    parts = re.split(r"(?m)^(?=## )", page)[1:]
    sections = {part.split("\n", 1)[0].removeprefix("## "): part.rstrip() for part in parts}
    sections[question] = f"## {question}\n\n{text}".rstrip()
    return "\n\n".join([head, *(sections[each] for each in questions if each in sections)]) + "\n"


def written_by(command: str) -> str:
    """Return the sentence that says what wrote figures, when, and on what machine."""
    memory = psutil.virtual_memory().total / 2**30
    machine = f"{psutil.cpu_count()} cores, {memory:.0f} GiB, {platform.machine()}"
    versions = f"Python {platform.python_version()}, DuckDB {version('duckdb')}"
    return f"Written by `{command}` on {datetime.now(UTC):%Y-%m-%d} ({machine}; {versions})."
