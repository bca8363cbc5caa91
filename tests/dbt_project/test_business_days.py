"""The seed of business days is the library's, and the published days count as a person would."""

from datetime import date, timedelta

import chinese_calendar
from reference.feeds import seed


def test_every_day_of_the_seed_is_a_business_day_where_the_library_says_so() -> None:
    days = {
        date.fromisoformat(day): is_business_day == "true"
        for country, day, is_business_day in seed("business_days").iter_rows()
        if country == "CN"
    }
    first, last = min(days), max(days)
    assert (first, last) == (date(2015, 1, 1), date(2026, 12, 31))
    assert len(days) == (last - first).days + 1
    differing = [day for day, of_seed in days.items() if chinese_calendar.is_workday(day) != of_seed]
    assert differing == []


def test_the_week_before_the_national_day_of_2019_has_its_make_up_sunday() -> None:
    business = {day: is_day == "true" for _, day, is_day in seed("business_days").iter_rows()}
    days = [date(2019, 9, 27) + timedelta(days=number) for number in range(12)]
    assert [business[day.isoformat()] for day in days] == [
        True,  # Friday 27 September
        False,
        True,  # Sunday 29 September, made up
        True,
        *[False] * 7,  # 1 to 7 October
        True,
    ]
