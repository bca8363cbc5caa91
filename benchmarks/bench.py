"""Run every benchmark and write down what it found: ``make bench`` (an hour and a half on an idle machine).

Each is written down as soon as it ends, with versions, machine and the load that the machine was under: a
busy one stretches what is measured. README shows the table of engines.
"""

import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.figures import DOCS, flat, run, table, with_section, written_by

_PAGE = DOCS / "benchmarks.md"
_README = Path(__file__).parents[1] / "README.md"
#: Between these README shows the table of engines.
_MARKS = "<!-- written by make bench -->\n", "<!-- until here -->\n"
_GIB = 2**30
#: What a program's engine is called, and the package whose version counts.
_ENGINES = {
    "floor": ("DuckDB", "duckdb"),
    "polars": ("Polars", "polars"),
    "chdb": ("chDB", "chdb"),
    "pandas": ("pandas", "pandas"),
    "spark": ("Spark", "pyspark"),
}
_TITLE = "# Benchmarks\n\nEach is run by `make bench`, or alone by its name: `make bench BENCH=history`."


def _engines(found: dict[str, Any]) -> str:
    """Return the table of engines that do one small job. Of Spark's own process no core-seconds are known."""
    rows = []
    for name, of_run in found["runs"].items():
        if name in _ENGINES:
            engine, package = _ENGINES[name]
            rows.append((f"{engine} {version(package)}", of_run["seconds"], of_run["memory"] / _GIB))
    job = f"{found['orders']:,} orders of a day brought to milestones, joined and counted into cells by hand."
    return f"{job}\n\n{table(('Engine', 'Seconds', 'Memory, GiB'), rows)}"


def _line(found: dict[str, Any]) -> str:
    """Return the table of the line's steps, each as a multiple of the copy of the same files."""
    copy = found["runs"]["copy"]["core_seconds"]
    names = {"copy": "the feed copied into tables", "line": "**the whole line**"}
    rows = [
        (
            names.get(name, f"waymart {name}"),
            of_run["seconds"],
            of_run["core_seconds"],
            of_run["core_seconds"] / copy,
            of_run["memory"] / _GIB,
            of_run["disk"] / _GIB,
        )
        for name, of_run in found["runs"].items()
        if name not in _ENGINES
    ]
    return table(("Step", "Seconds", "Core-seconds", "× the copy", "Memory, GiB", "Disk, GiB"), rows)


def _day(found: dict[str, Any]) -> str:
    line = "The same day loaded, checked, built, tested, audited and published by waymart:"
    return f"{_engines(found)}\n{line}\n\n{_line(found)}"


def _figures(found: dict[str, Any]) -> str:
    return table(("Figure", "Value"), flat(found))


@dataclass(frozen=True)
class Benchmark:
    """A program of this room with its arguments, the question it answers, and how the answer is written."""

    program: str
    arguments: tuple[str, ...]
    question: str
    written: Callable[[dict[str, Any]], str] = _figures


BENCHMARKS = (
    Benchmark("day", (), "What does a day cost, at the least and through the whole line?", _day),
    Benchmark("history", (), "What does a history of eighteen months cost to build, and to read?"),
    Benchmark("daily", (), "Does a day cost more after a long history?"),
    Benchmark("push_to_page", (), "How long until readers see one more scan?"),
    Benchmark("receive", (), "How many pushes are kept, and how soon are they answered?"),
    Benchmark("ingest", ("200000", "days"), "What does a small file cost above its rows?"),
    Benchmark("ingest", ("100000",), "What does a provider's feed cost, beside DuckDB reading it?"),
    Benchmark("simulate", ("--with", "all"), "How fast is a market written?"),
)


def updated(page: str, benchmark: Benchmark, found: dict[str, Any], load: float) -> str:
    """Return the page with the section of one benchmark put in or made anew; ``load`` is that before it."""
    command = " ".join(("python -m", f"benchmarks.{benchmark.program}", *benchmark.arguments))
    told = f"{written_by(command)} The load of the machine before was {load:.1f}."
    text = f"{told}\n\n{benchmark.written(found)}"
    return with_section(page, _TITLE, [one.question for one in BENCHMARKS], benchmark.question, text)


def shown_in(readme: str, text: str) -> str:
    """Return README with the text where it shows the table of engines."""
    first, last = map(re.escape, _MARKS)
    return re.sub(f"{first}.*?{last}", lambda _: f"{_MARKS[0]}{text}{_MARKS[1]}", readme, flags=re.DOTALL)


def main(
    programs: Annotated[list[str] | None, typer.Argument(help="Which programs; default: all.")] = None,
    orders: Annotated[int, typer.Option(help="Orders of the day.")] = 4_000_000,
) -> None:
    """Run benchmarks, one after the other."""
    known = dict.fromkeys(one.program for one in BENCHMARKS)
    if unknown := set(programs or ()) - known.keys():
        sys.exit(f"No benchmark is called {', '.join(sorted(unknown))}. There are: {', '.join(known)}.")
    for one in BENCHMARKS:
        if one.program not in (programs or known):
            continue
        load = os.getloadavg()[0]
        found = run(one.program, *one.arguments, *(("--orders", str(orders)) if one.program == "day" else ()))
        page = _PAGE.read_text(encoding="utf-8") if _PAGE.exists() else ""
        _PAGE.write_text(updated(page, one, found, load), encoding="utf-8")
        if one.program == "day":
            readme = _README.read_text(encoding="utf-8")
            _README.write_text(shown_in(readme, _engines(found)), encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
