"""Run every trial, a program that needs many markets or kills; ``make trials`` writes down what was found.

Each trial takes ``--seeds N --first-seed S --json``, ends with an error where a promise is broken, and prints
one JSON object as its last line.
"""

from dataclasses import dataclass
from random import SystemRandom
from typing import Annotated, Any

import typer

from benchmarks.figures import DOCS, flat, heading, run, table


@dataclass(frozen=True)
class Trial:
    """A program of this room, how many seeds it needs to say something, and the question it answers."""

    program: str
    seeds: int
    question: str
    #: So many are tried before each release.
    checked_seeds: int = 3
    #: What it is given besides; and before each release.
    arguments: tuple[str, ...] = ()
    checked_arguments: tuple[str, ...] = ()


TRIALS = (
    Trial("build_sequences", 30, "Do random commands of dbt leave the tables of one full build?"),
    Trial("courier_choice", 40, "Is the choice of couriers too hard for a plain difference of means?"),
    Trial("why_changed", 40, "Does an injected cause come first among the parts of the change that it made?"),
    Trial("push_kills", 1000, "Is a push that was answered for lost or doubled by kills?", checked_seeds=12),
    Trial(
        "soak",
        1,
        "Do two hours of pushes reconcile to the row, through kills, builds, readers and a full disk?",
        checked_seeds=1,
        arguments=("--minutes", "120", "--picture", str(DOCS / "pictures" / "soak.svg")),
        checked_arguments=("--minutes", "3"),
    ),
    Trial("findings", 40, "Is an injected change found, and nothing where nothing changed?"),
    Trial(
        "brand_shift",
        20,
        "Is it found from which rival a brand took its consumers?",
        checked_seeds=2,
    ),
    Trial("border", 20, "Are understated values and seen inspections recovered within their intervals?"),
)


def _page(found: dict[Trial, dict[str, Any]]) -> str:
    parts = [heading("Trials", "make trials")]
    for trial, figures in found.items():
        # A market each: left to the programs.
        rows = flat({name: value for name, value in figures.items() if not isinstance(value, list)})
        command = f"`python -m benchmarks.{trial.program}`"
        parts.append(f"## {trial.question}\n\n{command}\n\n{table(('Figure', 'Value'), rows)}")
    return "\n".join(parts)


def figures_of(trial: Trial, first_seed: int) -> dict[str, Any]:
    """Run a trial and return its figures; raises CalledProcessError where a promise is broken."""
    return _figures(trial, trial.seeds, first_seed, trial.arguments)


def check(trial: Trial, first_seed: int) -> dict[str, Any]:
    """Run as much of a trial as before each release; returns and raises as ``figures_of``."""
    return _figures(trial, trial.checked_seeds, first_seed, trial.checked_arguments)


def _figures(trial: Trial, seeds: int, first_seed: int, arguments: tuple[str, ...]) -> dict[str, Any]:
    return run(trial.program, "--json", "--seeds", str(seeds), "--first-seed", str(first_seed), *arguments)


def main(
    first_seed: Annotated[int | None, typer.Option(help="The first seed of each; default: drawn.")] = None,
) -> None:
    """Run all trials, one after the other, and write their figures into the docs."""
    first = SystemRandom().randrange(2**31) if first_seed is None else first_seed
    (DOCS / "trials.md").write_text(_page({trial: figures_of(trial, first) for trial in TRIALS}))


if __name__ == "__main__":
    typer.run(main)
