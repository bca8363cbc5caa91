"""Great Expectations judges the measures: one small frame, one expectation per check."""

import os
from dataclasses import dataclass
from datetime import date
from typing import Any

from warehouse.profile import Check, Values

#: How Great Expectations calls our severities.
_SEVERITIES = {"error": "critical", "warning": "warning"}


@dataclass(frozen=True)
class Verdict:
    """What the judge said of one check; ``observed`` tells the values in words."""

    check: Check
    is_met: bool
    observed: str


def judge(series: list[tuple[Check, Values]]) -> list[Verdict]:
    """Hold every check's values against its bound; a value that does not exist breaks no bound."""
    if not series:
        return []
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    # These take seconds to import and are needed nowhere else.
    import great_expectations as gx
    import polars as pl
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from great_expectations.expectations.core.expect_column_values_to_be_between import (
        ExpectColumnValuesToBeBetween,
    )
    from great_expectations.expectations.metadata_types import FailureSeverity

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    length = max(len(values) for _, values in series)
    frame = pl.DataFrame(
        {
            str(number): pl.Series([*values.values(), *[None] * (length - len(values))], dtype=pl.Float64)
            for number, (_, values) in enumerate(series)
        }
    ).to_pandas()
    batch = (
        context.data_sources.add_pandas("measures")
        .add_dataframe_asset("build")
        .add_batch_definition_whole_dataframe("profile")
        .get_batch({"dataframe": frame})
    )
    suite = gx.ExpectationSuite(
        "bounds",
        expectations=[
            ExpectColumnValuesToBeBetween(
                column=str(number),
                min_value=check.bound.min,
                max_value=check.bound.max,
                severity=FailureSeverity(_SEVERITIES[check.bound.severity]),
                notes=check.bound.reason,
            )
            for number, (check, _) in enumerate(series)
        ],
    )
    outcome = batch.validate(suite, result_format="COMPLETE")
    return [_verdict(result, series) for result in outcome.results]


def _verdict(result: Any, series: list[tuple[Check, Values]]) -> Verdict:
    check, values = series[int(result.expectation_config.kwargs["column"])]
    if result.exception_info.get("raised_exception"):
        raise RuntimeError(f"{check.bound.name}: {result.exception_info['exception_message']}")
    broken = set(result.result["unexpected_index_list"])
    seen = [(day, value) for day, value in values.items() if value is not None]
    if broken:
        days = list(values.items())
        return Verdict(check, False, _worst([days[index] for index in broken], check, len(seen)))
    return Verdict(check, True, _range([value for _, value in seen]))


def _worst(broken: list[tuple[date | None, float | None]], check: Check, count: int) -> str:
    def distance(item: tuple[date | None, float | None]) -> float:
        value = item[1] or 0.0
        low = check.bound.min - value if check.bound.min is not None else float("-inf")
        high = value - check.bound.max if check.bound.max is not None else float("-inf")
        return max(low, high)

    day, value = max(broken, key=distance)
    if day is None:
        return f"{value:.10g}"
    return f"{value:.10g} on {day} ({len(broken)} of {count} days)"


def _range(values: list[float]) -> str:
    if not values:
        return "nothing to judge"
    low, high = min(values), max(values)
    return f"{low:.10g}" if low == high else f"{low:.10g} to {high:.10g}"
