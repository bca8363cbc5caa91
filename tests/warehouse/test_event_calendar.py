from datetime import date

import pytest

from warehouse.event_calendar import EventCalendar

CALENDAR = EventCalendar(
    [
        ("618", date(2018, 6, 18)),
        ("618", date(2019, 6, 18)),
        ("spring_festival", date(2018, 2, 16)),
        ("spring_festival", date(2018, 2, 17)),
        ("spring_festival", date(2019, 2, 5)),
        ("single_days", date(2019, 11, 11)),
    ]
)


@pytest.mark.parametrize(
    ("day", "before"),
    [
        (date(2019, 6, 18), date(2018, 6, 18)),
        (date(2019, 6, 20), date(2018, 6, 20)),
        (date(2019, 2, 5), date(2018, 2, 16)),
        (date(2019, 2, 1), date(2018, 2, 12)),
    ],
)
def test_a_day_in_an_event_is_compared_with_the_same_day_of_that_event(day: date, before: date) -> None:
    assert CALENDAR.year_before(day) == before


def test_an_ordinary_day_is_compared_with_the_same_weekday_of_the_year_before() -> None:
    day = date(2019, 4, 17)
    before = CALENDAR.year_before(day)
    assert before == date(2018, 4, 18)
    assert before.weekday() == day.weekday()


def test_an_ordinary_day_is_not_compared_with_an_event() -> None:
    # 364 days before 2019-02-22 is 2018-02-23, in the festival of 2018; 2019's ended on the 19th.
    assert CALENDAR.year_before(date(2019, 2, 22)) is None


def test_an_event_unknown_the_year_before_is_not_compared() -> None:
    assert CALENDAR.year_before(date(2019, 11, 11)) is None
