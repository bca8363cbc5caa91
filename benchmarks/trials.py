"""Run every trial, a program that needs many markets or kills; ``make trials`` writes down what was found.

Each trial takes ``--seeds N --first-seed S --json``, ends with an error where a promise is broken, and prints
one JSON object as its last line.
"""

import sys
from dataclasses import dataclass
from random import SystemRandom
from typing import Annotated, Any

import typer

from benchmarks.figures import DOCS, flat, run, table, with_section, written_by


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
    #: What it draws, a file of the docs, and what that shows (whatever it turns out to be).
    picture: tuple[str, str] | None = None

    @property
    def all_arguments(self) -> tuple[str, ...]:
        """What it is given where it is tried in full."""
        return self.arguments + (("--picture", str(DOCS / self.picture[0])) if self.picture else ())


_TITLE = "# Trials\n\nEach is run by `make trials`, or alone by its name: `make trials TRIALS=findings`."
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
        arguments=("--minutes", "120"),
        checked_arguments=("--minutes", "3"),
        picture=("pictures/soak.svg", "Lag, memory and disk over two hours"),
    ),
    Trial("findings", 40, "Is an injected change found, and nothing where nothing changed?"),
    Trial("saving", 40, "Is a saving that is claimed the true one, and is little lost against an oracle?"),
    Trial(
        "brand_shift",
        20,
        "Is it found from which rival a brand took its consumers?",
        checked_seeds=2,
    ),
    Trial("consumers", 20, "Do intervals hold what a soon delivery does to a second order?"),
    Trial("border", 20, "Are understated values and seen inspections recovered within their intervals?"),
)


def updated(page: str, trial: Trial, figures: dict[str, Any]) -> str:
    """Return the page with the section of one trial put in or made anew, the others as they were."""
    # A market each: left to the programs.
    rows = flat({name: value for name, value in figures.items() if not isinstance(value, list)})
    text = f"{written_by(f'python -m benchmarks.{trial.program}')}\n\n{table(('Figure', 'Value'), rows)}"
    if trial.picture:
        file, words = trial.picture
        text += f"\n![{words}]({file})\n"
    return with_section(page, _TITLE, [one.question for one in TRIALS], trial.question, text)


def figures_of(trial: Trial, first_seed: int) -> dict[str, Any]:
    """Run a trial and return its figures; raises CalledProcessError where a promise is broken."""
    return _figures(trial, trial.seeds, first_seed, trial.all_arguments)


def check(trial: Trial, first_seed: int) -> dict[str, Any]:
    """Run as much of a trial as before each release; returns and raises as ``figures_of``."""
    return _figures(trial, trial.checked_seeds, first_seed, trial.checked_arguments)


def _figures(trial: Trial, seeds: int, first_seed: int, arguments: tuple[str, ...]) -> dict[str, Any]:
    return run(trial.program, "--json", "--seeds", str(seeds), "--first-seed", str(first_seed), *arguments)


def main(
    programs: Annotated[list[str] | None, typer.Argument(help="Which trials; default: all.")] = None,
    first_seed: Annotated[int | None, typer.Option(help="The first seed of each; default: drawn.")] = None,
) -> None:
    """Run trials, one after the other, and write the figures of each into the docs as soon as it ends."""
    known = {trial.program: trial for trial in TRIALS}
    if unknown := set(programs or ()) - known.keys():
        sys.exit(f"No trial is called {', '.join(sorted(unknown))}. There are: {', '.join(known)}.")
    first = SystemRandom().randrange(2**31) if first_seed is None else first_seed
    page = DOCS / "trials.md"
    for program in programs or known:
        figures = figures_of(known[program], first)
        page.write_text(updated(page.read_text() if page.exists() else "", known[program], figures))


if __name__ == "__main__":
    typer.run(main)
