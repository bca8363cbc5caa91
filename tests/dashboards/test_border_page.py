"""Across the border: the rules of the day that a reader picks."""

from pathlib import Path

import polars as pl
import pytest
from test_pages import open_page, texts


def _rules(query: dict[str, str]) -> pl.DataFrame:
    """Return the rows under "Import rules on a day"."""
    shown = open_page("across_the_border", query)
    assert not shown.exception
    tables = [pl.from_pandas(element.value) for element in shown.dataframe]
    return next(table for table in tables if "fixed_charge" in table.columns)


@pytest.mark.parametrize(
    ("day", "threshold", "fixed_charge"),
    [("2026-06-30", "150.00 EUR", "None"), ("2026-07-01", "0.00 EUR", "3.00 EUR")],
)
def test_a_threshold_ends_on_its_day(home: Path, day: str, threshold: str, fixed_charge: str) -> None:
    duties = _rules({"rules_on": day}).filter(charge_kind="Duty")
    members = duties.filter(pl.col("rule_source").str.contains("Council|1186/2009"))
    assert set(members["threshold"]) == {threshold}
    assert set(members["fixed_charge"]) == {fixed_charge}


def test_without_a_day_the_rules_are_those_of_the_periods_last(home: Path) -> None:
    named = _rules({"period": "2019-06", "rules_on": "2019-06-30"})
    assert _rules({"period": "2019-06"}).equals(named)
    for no_day in ("someday", "1899-12-31", "9999-12-31"):
        assert _rules({"period": "2019-06", "rules_on": no_day}).equals(named)


def test_without_a_file_of_other_rules_the_page_says_how_to_ask(home: Path) -> None:
    shown = open_page("across_the_border", {})
    assert any("`what_if_rules.csv`" in text for text in texts(shown))


def test_the_page_speaks_chinese_of_rules(home: Path) -> None:
    rows = _rules({"rules_on": "2026-07-01", "language": "zh_CN"})
    assert {"关税", "税"} <= set(rows["charge_kind"])
    assert "税则子目与包裹" in set(rows["charged_per"])
