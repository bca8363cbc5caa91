from datetime import date

import pytest

from serving.period import Period


def days(first: str, last: str) -> Period:
    return Period(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("period", "previous", "year_before"),
    [
        (
            days("2019-03-01", "2019-03-31"),
            days("2019-02-01", "2019-02-28"),
            days("2018-03-01", "2018-03-31"),
        ),
        (
            days("2019-01-01", "2019-03-31"),
            days("2018-10-01", "2018-12-31"),
            days("2018-01-01", "2018-03-31"),
        ),
        (
            days("2019-08-04", "2019-08-31"),
            days("2019-07-07", "2019-08-03"),
            days("2018-08-04", "2018-08-31"),
        ),
        (
            days("2020-02-01", "2020-02-29"),
            days("2020-01-01", "2020-01-31"),
            days("2019-02-01", "2019-02-28"),
        ),
        (
            days("2020-02-29", "2020-02-29"),
            days("2020-02-28", "2020-02-28"),
            days("2019-02-28", "2019-02-28"),
        ),
    ],
)
def test_a_period_is_compared_with_an_equal_one(
    period: Period, previous: Period, year_before: Period
) -> None:
    assert period.previous() == previous
    assert period.year_before() == year_before


def test_the_last_twelve_months_end_with_the_month_of_the_period() -> None:
    assert days("2019-06-04", "2019-06-18").last_months(12) == days("2018-07-01", "2019-06-30")
    assert days("2019-12-01", "2020-02-03").last_months(1) == days("2020-02-01", "2020-02-29")
    assert days("2019-12-31", "2019-12-31").last_months(12) == days("2019-01-01", "2019-12-31")
