"""The business days are the libraries', and count as a person would."""

from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import holidays
import polars as pl
import pytest
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


@pytest.fixture(scope="module")
def world() -> pl.DataFrame:
    return pl.read_parquet(
        Path(__file__).resolve().parents[2] / "dbt_project/business_days/business_days.parquet"
    )


@pytest.mark.parametrize("country", ["AE", "BR", "DE", "HK", "IN", "JP", "TW", "US"])
def test_a_day_abroad_is_a_business_day_where_the_library_says_so(country: str, world: pl.DataFrame) -> None:
    days = world.filter(country_code=country)
    calendar = holidays.country_holidays(country)
    differing = [
        day
        for day, is_business_day in days.select("calendar_date", "is_business_day").iter_rows()
        if calendar.is_working_day(day) != is_business_day
    ]
    assert len(days) == 4383
    assert differing == []


def test_days_that_people_know_to_be_off_are_off_in_their_country_alone(world: pl.DataFrame) -> None:
    def is_off(country: str, day: date) -> bool:
        return not world.filter(country_code=country, calendar_date=day)["is_business_day"].item()

    assert is_off("BR", date(2018, 9, 7))  # Independence Day, a Friday
    assert not is_off("US", date(2018, 9, 7))
    assert is_off("US", date(2019, 11, 28))  # Thanksgiving
    assert is_off("AE", date(2019, 9, 27))  # a Friday
    assert not is_off("AE", date(2019, 9, 29))  # a Sunday


def test_china_has_its_own_days_in_the_seed_alone(world: pl.DataFrame) -> None:
    assert "CN" not in world["country_code"].unique()
    assert seed("business_days")["country_code"].unique().to_list() == ["CN"]
