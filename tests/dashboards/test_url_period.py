from datetime import date

import pytest

from dashboards.choice.period import month_names, parse_period, quarter_names
from serving.period import Period

LOADED = Period(date(2018, 11, 5), date(2019, 8, 31))


def days(first: str, last: str) -> Period:
    return Period(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("6m", "2019-03-01", "2019-08-31"),
        ("28d", "2019-08-04", "2019-08-31"),
        ("all", "2018-11-05", "2019-08-31"),
        ("2019-02", "2019-02-01", "2019-02-28"),
        ("2020-02", "2020-02-01", "2020-02-29"),
        ("2018-Q4", "2018-10-01", "2018-12-31"),
        ("2019-06-01..2019-06-18", "2019-06-01", "2019-06-18"),
    ],
)
def test_a_period_of_the_url_is_these_days(text: str, first: str, last: str) -> None:
    assert parse_period(text, LOADED) == days(first, last)


@pytest.mark.parametrize(
    "text",
    ["", "29d", "2019", "2019-13", "2019-Q5", "2019-06-18..2019-06-01", "a..b", "2019-02-01..2019-02-31"],
)
def test_a_word_that_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a period"):
        parse_period(text, LOADED)


def test_only_what_is_loaded_can_be_picked() -> None:
    assert month_names(LOADED)[::9] == ["2019-08", "2018-11"]
    assert quarter_names(LOADED) == ["2019-Q3", "2019-Q2", "2019-Q1", "2018-Q4"]
