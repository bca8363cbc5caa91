from datetime import date
from typing import Any

import pytest

from serving.formats import days_and_hours, written, written_change, written_day, written_period
from serving.period import Period


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (123_000_000, "money", "¥123 M"),
        (1_006_600_000_000, "money", "¥1,007 B"),
        (72_078.4, "money", "¥72,078"),
        (69.376, "money", "¥69.38"),
        (0.478, "share", "47.8%"),
        (0.106, "points", "+10.6 points"),
        (56.42, "hours", "56.4 h"),
        (1_048, "count", "1,048"),
        (None, "money", "–"),
    ],
)
def test_a_number_is_written_by_its_unit(value: Any, unit: str, text: str) -> None:
    assert written(value, unit, "CNY") == text


@pytest.mark.parametrize(
    ("now", "before", "unit", "text"),
    [
        (0.478, 0.372, "share", "+10.6 points"),
        (110.0, 100.0, "money", "+10.0%"),
        (99.99, 100.0, "hours", "+0.0%"),
        (1.0, None, "money", None),
        (1.0, 0.0, "count", None),
    ],
)
def test_a_share_changes_in_points_and_all_else_in_per_cent(
    now: float, before: float | None, unit: str, text: str | None
) -> None:
    assert written_change(now, before, unit) == text


def test_hours_are_also_days() -> None:
    assert [days_and_hours(hours) for hours in (7.4, 24, 56.4)] == ["7 h", "1 d 0 h", "2 d 8 h"]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (123_000_000, "money", "¥1.23亿"),
        (1_006_600_000_000, "money", "¥10,066亿"),
        (467_034.2, "money", "¥46.7万"),
        (72_078.4, "money", "¥72,078"),
        (69.376, "money", "¥69.38"),
        (0.478, "share", "47.8%"),
        (0.106, "points", "+10.6个百分点"),
        (56.42, "hours", "56.4小时"),
        (128_234, "count", "12.8万"),
        (1_048, "count", "1,048"),
        (None, "money", "–"),
    ],
)
def test_chinese_counts_in_ten_thousands_and_hundred_millions(value: Any, unit: str, text: str) -> None:
    assert written(value, unit, "CNY", "zh_CN") == text


@pytest.mark.parametrize(
    ("first", "last", "english", "chinese"),
    [
        ("2019-06-01", "2019-06-30", "June 2019", "2019年6月"),
        ("2019-01-01", "2019-06-30", "Jan 2019 to Jun 2019", "2019年1月至2019年6月"),
        ("2019-05-20", "2019-06-18", "20 May to 18 Jun 2019", "2019年5月20日至6月18日"),
        ("2018-12-30", "2019-01-02", "30 Dec 2018 to 2 Jan 2019", "2018年12月30日至2019年1月2日"),
    ],
)
def test_days_are_written_as_each_language_does(first: str, last: str, english: str, chinese: str) -> None:
    period = Period(date.fromisoformat(first), date.fromisoformat(last))
    assert (written_period(period), written_period(period, "zh_CN")) == (english, chinese)


def test_a_weekday_is_written_in_the_language() -> None:
    day = date(2019, 6, 18)
    assert written_day(day, "weekday") == "Tue 18 Jun 2019"
    assert written_day(day, "long_weekday", "zh_CN") == "2019年6月18日星期二"
    assert days_and_hours(56.4, "zh_CN") == "2天8小时"
