"""What one merchant can work out of others from what it is told: a linear programme finds all of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from market_told import FLOORS, Table, floor_of, median_hours
from scipy.optimize import linprog

#: A hidden number that is known more closely than this part of it is no longer hidden.
CLOSE = 0.2
#: Half of what is rounded away of a share, and of hours.
SHARE_ROUNDED, HOURS_ROUNDED = 0.0005, 0.05


@dataclass
class Program:
    """A linear programme over numbers that an attacker does not know, none of them below nought."""

    names: list[Any] = field(default_factory=list)
    rows: list[dict[Any, float]] = field(default_factory=list)
    limits: list[float] = field(default_factory=list)

    def at_most(self, terms: dict[Any, float], limit: float) -> None:
        self.names += [name for name in terms if name not in self.names]
        self.rows.append(terms)
        self.limits.append(limit)

    def equal(self, terms: dict[Any, float], value: float) -> None:
        self.at_most(terms, value)
        self.at_most({name: -of for name, of in terms.items()}, -value)

    def narrows(self, terms: dict[Any, float], value: float) -> bool:
        """Whether all that is known leaves no number but those close to the true one."""
        place = {name: number for number, name in enumerate(self.names)}
        matrix = np.zeros((len(self.rows), len(place)))
        for number, row in enumerate(self.rows):
            for name, of in row.items():
                matrix[number, place[name]] = of
        aim = np.zeros(len(place))
        for name, of in terms.items():
            aim[place[name]] = of
        lowest = linprog(aim, matrix, self.limits, method="highs")
        assert lowest.status == 0, lowest.message
        highest = linprog(-aim, matrix, self.limits, method="highs")
        if highest.status == 3:  # without bound
            return False
        assert highest.status == 0, highest.message
        return bool(lowest.fun >= (1 - CLOSE) * value - 1e-6 and -highest.fun <= (1 + CLOSE) * value + 1e-6)


def others_of(parcels: pl.DataFrame, asking: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The parcels that are the attacker's own, and those that are not."""
    is_own = pl.col("merchant_id") == asking
    return parcels.filter(is_own), parcels.filter(~is_own)


def tell(
    program: Program, figure: str, parcels: pl.DataFrame, own: pl.DataFrame, cell: Any, *, counted: bool
) -> None:
    """Write down what a told cell says of the others' parcels (B) and those that met the figure (A) in it.

    Of how many there are, the attacker is given the upper bound of the step, too, wherever it is true; or the
    number itself, as one who has it from elsewhere.
    """
    share, count, met = round(parcels["is_met"].mean(), 3), len(own), int(own["is_met"].sum())
    for sign in (1, -1):
        # |met + A − share · (count + B)| ≤ rounded · (count + B)
        terms = {("A", cell): sign, ("B", cell): -sign * share - SHARE_ROUNDED}
        program.at_most(terms, -sign * (met - share * count) + SHARE_ROUNDED * count)
    least = floor_of(len(parcels))
    program.at_most({("B", cell): -1}, count - least)
    if least < FLOORS[-1]:
        program.at_most({("B", cell): 1}, FLOORS[FLOORS.index(least) + 1] - count)
    if counted:
        program.equal({("B", cell): 1}, len(parcels) - count)
    if figure == "end_to_end" and (hours := median_hours(parcels)) is not None:
        # At least half (F) came by the median, and at most half (S) before it.
        fast = int((own["end_to_end_seconds"] <= (hours + HOURS_ROUNDED) * 3600).sum())
        slow = int((own["end_to_end_seconds"] < (hours - HOURS_ROUNDED) * 3600).sum())
        program.at_most({("F", cell): -1, ("B", cell): 0.5}, fast - count / 2)
        program.at_most({("S", cell): 1, ("B", cell): -0.5}, count / 2 - slow)
        program.at_most({("F", cell): 1, ("B", cell): -1}, 0)
        program.at_most({("S", cell): 1, ("F", cell): -1}, 0)


def known(every_table: Sequence[Table], asking: str, build: Any = None, *, counted: bool = False) -> Program:
    """All that a merchant can be given of one figure in some months, its own rows known to it.

    The hidden cells of a table stand together as its rest: of each of them nothing else is known.
    """
    program = Program()
    for table in every_table:
        whole = ("whole", build, table.month)
        shown = {named(table, key, build): parcels for key, parcels in table.shown.items()}
        rest = ("rest", table.breakdown, build, table.month)
        cells = [whole] if table.breakdown == "platform" else [*shown, rest]
        for cell in cells:
            program.at_most({("A", cell): 1, ("B", cell): -1}, 0)
        for cell, parcels in shown.items():
            tell(program, table.figure, parcels, others_of(parcels, asking)[0], cell, counted=counted)
        if table.breakdown != "platform":
            for kind in ("A", "B"):
                program.equal({(kind, whole): -1.0, **{(kind, cell): 1.0 for cell in cells}}, 0)
    return program


def named(table: Table, key: tuple[Any, ...], build: Any = None) -> Any:
    """What the programme calls a cell; the platform's only one is the whole of the other tables."""
    return (table.breakdown, *key, build, table.month) if key else ("whole", build, table.month)


def both(first: Program, second: Program) -> Program:
    """All that two programmes know."""
    program = Program([*first.names], [*first.rows], [*first.limits])
    for row, limit in zip(second.rows, second.limits, strict=True):
        program.at_most(row, limit)
    return program
