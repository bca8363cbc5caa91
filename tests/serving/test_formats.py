from typing import Any

import pytest

from serving.formats import days_and_hours, written, written_change


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
