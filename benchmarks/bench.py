"""Run every benchmark and write down what it found: ``make bench`` (an hour and a half on an idle machine).

The page has the figures of one run, with versions and machine; README shows its first table. A busy machine
stretches what is measured: the load at the start stands on the page.
"""

import os
import re
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.figures import DOCS, flat, heading, run, table

_PAGE = DOCS / "benchmarks.md"
_README = Path(__file__).parents[1] / "README.md"
#: Between these README shows the first table.
_MARKS = "<!-- written by make bench -->\n", "<!-- until here -->\n"
_GIB = 2**30
_ENGINES = {"floor": "duckdb", "polars": "polars", "chdb": "chdb", "pandas": "pandas", "spark": "pyspark"}


@dataclass(frozen=True)
class Benchmark:
    """A program of this room with its arguments, and the question it answers."""

    program: str
    arguments: tuple[str, ...]
    question: str


_OTHERS = (
    Benchmark("history", (), "What does a history of eighteen months cost to build, and to read?"),
    Benchmark("daily", (), "Does a day cost more after a long history?"),
    Benchmark("push_to_page", (), "How long until readers see one more scan?"),
    Benchmark("ingest", ("200000", "days"), "What does a small file cost above its rows?"),
    Benchmark("ingest", ("100000",), "What does a provider's feed cost, beside DuckDB reading it?"),
    Benchmark("simulate", ("--with", "all"), "How fast is a market written?"),
)


def _engines(found: dict[str, Any]) -> str:
    """Return the table of engines that do one small job, beside the whole line and the copy."""
    rows = []
    for name, of_run in found["runs"].items():
        if name in _ENGINES:
            engine = "DuckDB" if name == "floor" else name
            rows.append(
                (
                    f"{engine} {version(_ENGINES[name])}",
                    of_run["seconds"],
                    of_run["core_seconds"],
                    of_run["memory"] / _GIB,
                )
            )
    return table(("Engine", "Seconds", "Core-seconds", "Memory, GiB"), rows)


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


def _show_in_readme(text: str) -> None:
    readme = _README.read_text(encoding="utf-8")
    first, last = map(re.escape, _MARKS)
    inside = f"{_MARKS[0]}{text}{_MARKS[1]}"
    _README.write_text(
        re.sub(f"{first}.*?{last}", lambda _: inside, readme, flags=re.DOTALL), encoding="utf-8"
    )


def main(
    orders: Annotated[int, typer.Option(help="Orders of the day.")] = 4_000_000,
    only_day: Annotated[bool, typer.Option("--only-day", help="Leave the other benchmarks out.")] = False,
) -> None:
    """Run the benchmarks, one after the other, and write the page and README's table."""
    load = os.getloadavg()[0]
    day = run("day", "--orders", str(orders))
    job = (
        f"{day['orders']:,} orders of a day brought to milestones, joined and counted into cells by hand.\n\n"
    )
    first = job + _engines(day)
    parts = [
        heading("Benchmarks", "make bench") + f"The load of the machine at the start was {load:.1f}.\n",
        f"## What is the least that a day could cost?\n\n{first}",
        "## What does waymart's whole line cost?\n\n"
        f"The same day loaded, checked, built, tested, audited and published.\n\n{_line(day)}",
    ]
    for one in () if only_day else _OTHERS:
        found = run(one.program, *one.arguments)
        command = " ".join(("python -m", f"benchmarks.{one.program}", *one.arguments))
        parts.append(f"## {one.question}\n\n`{command}`\n\n{table(('Figure', 'Value'), flat(found))}")
    _PAGE.write_text("\n".join(parts), encoding="utf-8")
    _show_in_readme(first)


if __name__ == "__main__":
    typer.run(main)
