"""The bounds of the audit, read from ``bounds.toml``: what a number may be, how grave it is, and why."""

import tomllib
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any, Literal, get_args

from warehouse.errors import WaymartError

Severity = Literal["error", "warning"]
Against = Literal["previous_build", "year_before"]


@dataclass(frozen=True)
class Bound:
    """One expectation. ``tables`` and ``columns`` are patterns (``mart_*``); the measure is SQL.

    ``measure`` aggregates over the table; ``{column}`` stands for each column that matches, ``{metric}`` for
    the formula of each metric of that ``unit``. ``where`` chooses rows. ``by`` names a date column: then
    every day is judged.
    ``against`` judges the ratio to the same measure of the previous published build, or of the
    day's counterpart one year before. At least one of ``min`` and ``max`` (both inclusive) is given.
    ``culprits`` say which rows of which facts break it: fact → SQL condition. Without them a failure names
    the files that came last.
    """

    name: str
    tables: str
    measure: str
    severity: Severity
    reason: str
    columns: str | None = None
    unit: str | None = None
    where: str | None = None
    by: str | None = None
    against: Against | None = None
    min: float | None = None
    max: float | None = None
    culprits: tuple[tuple[str, str], ...] = ()

    @property
    def expected(self) -> str:
        """The bound in words."""
        low = None if self.min is None else f"at least {self.min:g}"
        high = None if self.max is None else f"at most {self.max:g}"
        return " and ".join(side for side in (low, high) if side) + _MEANT[self.against]


_MEANT: dict[Against | None, str] = {
    None: "",
    "previous_build": " times the previous build",
    "year_before": " times the same event of the year before",
}


def read_bounds(path: Path) -> list[Bound]:
    """Read the bounds.

    Raises:
        WaymartError: the file is not as it must be; the sentence names the bound and the field.
    """
    try:
        items = tomllib.loads(path.read_text())["bound"]
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise WaymartError(f"The audit's bounds in {path.name} cannot be read: {error}.") from error
    bounds = [_bound(path, item) for item in items]
    names = [bound.name for bound in bounds]
    for name in sorted({name for name in names if names.count(name) > 1}):
        raise WaymartError(f"{path.name} has two bounds called {name}.")
    return bounds


def _bound(path: Path, item: dict[str, Any]) -> Bound:
    named = f"The bound {item.get('name', 'without a name')} in {path.name}"
    known = {field.name for field in fields(Bound)}
    for unknown in sorted(item.keys() - known):
        raise WaymartError(f"{named} has an unknown field {unknown}.")
    for missing in sorted({"name", "tables", "measure", "severity", "reason"} - item.keys()):
        raise WaymartError(f"{named} lacks {missing}.")
    if "min" not in item and "max" not in item:
        raise WaymartError(f"{named} has neither min nor max.")
    for name, values in (("severity", Severity), ("against", Against)):
        if name in item and item[name] not in get_args(values):
            raise WaymartError(
                f"{named} has the {name} {item[name]}: use one of {', '.join(get_args(values))}."
            )
    try:
        date.fromisoformat(item["reason"].partition(":")[0])
    except ValueError as error:
        raise WaymartError(
            f"{named} has a reason without its date: begin it with YYYY-MM-DD and a colon."
        ) from error
    return Bound(**item | {"culprits": tuple(item.get("culprits", {}).items())})
