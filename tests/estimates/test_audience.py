"""Look-alikes of a group that was planted."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from estimates.audience.lookalike import TooFewError, lift, look_alikes
from estimates.audience.profiles import profiles

FIRST, LAST = date(2019, 3, 1), date(2019, 4, 29)


def lines(seed: int, accounts: int = 2_000) -> tuple[pl.DataFrame, list[str]]:
    """Lines of accounts of which one in ten buys dear toys, among much else; and who these are."""
    dice = np.random.default_rng(seed)
    alike = dice.random(accounts) < 0.1
    rows = []
    for account, is_alike in enumerate(alike):
        for _ in range(1 + dice.poisson(8)):
            category = "toys" if is_alike and dice.random() < 0.5 else f"c{dice.integers(12)}"
            dear = 1.6 if is_alike else 1.0
            rows.append((f"a{account:04}", category, dear * dice.gamma(8, 5), int(dice.integers(120))))
    found = pl.DataFrame(rows, schema=["consumer_id", "category_id", "unit_price", "day"], orient="row")
    found = found.with_columns(order_date=pl.lit(FIRST) + pl.duration(days="day") - timedelta(days=60))
    return found, [f"a{account:04}" for account in np.flatnonzero(alike)]


def test_those_who_buy_alike_stand_first_and_the_group_itself_is_left_out() -> None:
    bought, alike = lines(7)
    known = profiles(bought, FIRST, LAST)
    half, rest = alike[::2], set(alike[1::2])
    found = look_alikes(known, half)
    assert set(found["consumer_id"]) == set(known["consumer_id"]) - set(half)
    assert found["score"].is_sorted(descending=True)
    first = found["consumer_id"].head(len(found) // 10).to_list()
    assert len(rest & set(first)) > 0.8 * len(rest)
    assert lift(known, alike) > 6


def test_a_group_drawn_by_chance_is_found_no_better_than_by_chance() -> None:
    bought, _ = lines(8)
    known = profiles(bought, FIRST, LAST)
    drawn = known["consumer_id"].sample(300, seed=8).to_list()
    assert lift(known, drawn) == pytest.approx(1, abs=0.5)


def test_of_a_small_group_nothing_is_told() -> None:
    bought, alike = lines(9, accounts=400)
    with pytest.raises(TooFewError, match="29 accounts"):
        look_alikes(profiles(bought, FIRST, LAST), [*alike[:29], "nobody"])


def test_a_profile_counts_lines_by_category_and_band_of_price() -> None:
    bought = pl.DataFrame(
        {
            "consumer_id": ["a", "a", "a", "b", None, "b"],
            "category_id": ["x", "x", "y", "x", "x", None],
            "unit_price": [1.0, 9.0, 5.0, 4.0, 1.0, 1.0],
            "order_date": [FIRST, FIRST - timedelta(days=1), LAST, LAST + timedelta(days=1), FIRST, FIRST],
        }
    )
    rows = {row["consumer_id"]: row for row in profiles(bought, FIRST, LAST).to_dicts()}
    assert rows.keys() == {"a", "b"}
    assert (rows["a"]["lines"], rows["a"]["lines_then"], rows["b"]["lines"], rows["b"]["lines_then"]) == (
        3,
        2,
        1,
        0,
    )
    assert (rows["a"]["x"], rows["a"]["y"], rows["b"]["x"], rows["b"]["y"]) == (2, 1, 1, 0)
    assert (rows["a"]["x band 1"], rows["b"]["x band 2"], rows["a"]["x band 3"]) == (1, 1, 1)
