"""How fast leaders' orders grew is said of each group of tiers that has enough; else how many there are."""

from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import polars as pl
import pytest

from dashboards.choice.view import View
from dashboards.parts.parties import growth_of_led
from serving.period import Period

LAST = date(2019, 6, 30)


def said(counts: dict[tuple[date, str], int], first: date = date(2018, 1, 1), last: date = LAST) -> list[str]:
    """What is said of so many orders by month and tier, with all of it as the period."""
    rows = [
        {"month_date": month, "tier_fixed": tier, "brought_order_count": count}
        for (month, tier), count in counts.items()
    ]
    loaded = Period(first, last)
    view: Any = SimpleNamespace(
        metrics=lambda *_args, **_options: pl.DataFrame(rows),
        every=lambda _table: None,
        loaded=loaded,
        period=loaded,
    )
    return growth_of_led(cast("View", view))


#: What plain Polars counts over the orders of the default demo market (200,000 orders, seed 1).
DEMO = {
    (date(2018, 6, 1), "tier_1"): 29,
    (date(2018, 6, 1), "new_tier_1"): 29,
    (date(2018, 6, 1), "tier_2"): 22,
    (date(2018, 6, 1), "tier_3"): 205,
    (date(2018, 6, 1), "tier_4"): 143,
    (date(2018, 6, 1), "tier_5"): 113,
    (date(2018, 6, 1), "unranked"): 4,
    (date(2019, 6, 1), "tier_1"): 75,
    (date(2019, 6, 1), "new_tier_1"): 87,
    (date(2019, 6, 1), "tier_2"): 57,
    (date(2019, 6, 1), "tier_3"): 479,
    (date(2019, 6, 1), "tier_4"): 312,
    (date(2019, 6, 1), "tier_5"): 228,
    (date(2019, 6, 1), "unranked"): 8,
}


def test_both_groups_of_tiers_are_said_where_both_have_enough() -> None:
    # 1,027 against 465 and 219 against 80; the first one's logarithm is 0.7924, its standard error 0.0559.
    lower, higher = said(DEMO)
    assert "lower-tier cities, Jun 2019 against a year before: +120.9%" in lower
    assert "tier 1–2 cities, Jun 2019 against a year before: +173.7%" in higher
    assert "(95%: +97.9% to +146.4%)" in lower


@pytest.mark.parametrize("month", [date(2018, 6, 1), date(2019, 6, 1)])
def test_of_few_orders_their_number_is_said_and_the_other_group_stays(month: date) -> None:
    few = {
        key: count
        for key, count in DEMO.items()
        if key[0] != month or key[1] not in ("tier_1", "tier_2", "new_tier_1")
    }
    few[month, "tier_2"] = 29
    lower, higher = said(few)
    assert "+120.9%" in lower
    now, then = (29, 80) if month == date(2019, 6, 1) else (219, 29)
    assert (
        f"{now} orders from tier 1–2 cities in Jun 2019, {then} a year before: of fewer than 30 no" in higher
    )
    few[month, "tier_2"] = 30
    assert "no growth" not in "".join(said(few))


def test_a_month_that_is_not_loaded_whole_is_not_compared() -> None:
    [only] = said(DEMO, first=date(2018, 6, 2))
    assert "no year before Jun 2019 is loaded" in only
    assert said({(date(2019, 6, 1), "tier_3"): 400}, last=date(2019, 6, 29)) == []
