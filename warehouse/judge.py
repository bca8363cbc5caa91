"""Great Expectations judges the measures: one small frame, one expectation per bound."""

import logging
import os
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from typing import Any, NamedTuple

from warehouse.audit_profile import Check, Values
from warehouse.bounds import Bound

_EXPECTATIONS = "great_expectations.expectations.core"
#: How Great Expectations calls our severities.
_SEVERITIES = {"error": "critical", "warning": "warning"}


@dataclass(frozen=True)
class Verdict:
    """What the judge said of one check; ``observed`` tells the values in words."""

    check: Check
    is_met: bool
    observed: str


def judge(series: list[tuple[Check, Values]]) -> list[Verdict]:
    """Hold every check's values against its bound; a value that does not exist breaks no bound.

    The frame has a column per bound: the values of all its checks, one below the other.
    """
    columns: dict[Bound, list[_Cell]] = defaultdict(list)
    for number, (check, values) in enumerate(series):
        columns[check.bound] += [_Cell(number, day, value) for day, value in values.items()]
    broken: dict[int, list[_Cell]] = defaultdict(list)
    for bound, rows in _broken_rows(columns).items():
        for row in rows:
            cell = columns[bound][row]
            broken[cell.number].append(cell)
    return [
        Verdict(check, number not in broken, _observed(check, values, broken[number]))
        for number, (check, values) in enumerate(series)
    ]


class _Cell(NamedTuple):
    """One value of the frame, and the check (by its number) and day it belongs to."""

    number: int
    day: date | None
    value: float | None


def import_judge() -> None:
    """Import Great Expectations now: a process that stays waits for it once, and its forks have it."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    for name in ("pandas", f"{_EXPECTATIONS}.expect_column_values_to_be_between"):
        import_module(name)


def _broken_rows(columns: Mapping[Bound, list[_Cell]]) -> dict[Bound, list[int]]:
    """Ask Great Expectations which rows of each bound's column lie outside."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    # These take seconds to import and are needed nowhere else.
    import great_expectations as gx
    import pandas as pd
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from great_expectations.expectations.core.expect_column_values_to_be_between import (
        ExpectColumnValuesToBeBetween,
    )
    from great_expectations.expectations.metadata_types import FailureSeverity

    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    length = max((len(cells) for cells in columns.values()), default=0)
    frame = pd.DataFrame(
        {
            bound.name: pd.Series([cell.value for cell in cells], range(len(cells)), dtype="float64")
            for bound, cells in columns.items()
        },
        range(length),
    )
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    batch = (
        context.data_sources.add_pandas("measures")
        .add_dataframe_asset("build")
        .add_batch_definition_whole_dataframe("profile")
        .get_batch({"dataframe": frame})
    )
    expectations = [
        ExpectColumnValuesToBeBetween(
            column=bound.name,
            min_value=bound.min,
            max_value=bound.max,
            severity=FailureSeverity(_SEVERITIES[bound.severity]),
            notes=bound.reason,
        )
        for bound in columns
    ]
    outcome = batch.validate(
        gx.ExpectationSuite("bounds", expectations=expectations), result_format="COMPLETE"
    )
    results: list[Any] = outcome.results
    rows = {result.expectation_config.kwargs["column"]: _rows_outside(result) for result in results}
    return {bound: rows[bound.name] for bound in columns}


def _rows_outside(result: Any) -> list[int]:
    """The rows that break an expectation; one that could not be held against anything is a fault of ours."""
    if result.exception_info.get("raised_exception"):
        raise RuntimeError(result.exception_info["exception_message"])
    rows: list[int] = result.result["unexpected_index_list"]
    return rows


def _observed(check: Check, values: Values, broken: list[_Cell]) -> str:
    seen = [value for value in values.values() if value is not None]
    if broken:
        return _worst(broken, check, len(seen))
    if not seen:
        return "nothing to judge"
    low, high = min(seen), max(seen)
    return _short(low) if low == high else f"{_short(low)} to {_short(high)}"


def _short(value: float) -> str:
    """A number within its bound, to four digits; one outside is written whole."""
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"


def _worst(broken: list[_Cell], check: Check, count: int) -> str:
    """The value farthest outside; of days also which, and how many are."""
    low = float("-inf") if check.bound.min is None else check.bound.min
    high = float("inf") if check.bound.max is None else check.bound.max
    _, day, value = max(broken, key=lambda cell: max(low - (cell.value or 0.0), (cell.value or 0.0) - high))
    if day is None:
        return f"{value:.10g}"
    return f"{value:.10g} on {day} ({len(broken)} of {count} days)"
