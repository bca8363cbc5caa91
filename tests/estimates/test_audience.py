"""Look-alikes of a group that was planted."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from estimates.audience.lookalike import TooFewError, lift, look_alikes
from estimates.audience.purchases import purchases

FIRST = date(2019, 3, 1)


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


def seed(accounts: list[str]) -> pl.DataFrame:
    """A group that did something on the days of two months."""
    days = [FIRST + timedelta(days=place % 60) for place in range(len(accounts))]
    return pl.DataFrame({"consumer_id": accounts, "order_date": days})


def test_those_who_buy_alike_stand_first_and_the_group_itself_is_left_out() -> None:
    rows, alike = lines(7)
    bought = purchases(rows)
    half, rest = alike[::2], set(alike[1::2])
    found = look_alikes(bought, seed(half))
    assert set(found["consumer_id"]) == set(rows["consumer_id"]) - set(half)
    assert found["score"].is_sorted(descending=True)
    first = found["consumer_id"].head(len(found) // 10).to_list()
    assert len(rest & set(first)) > 0.8 * len(rest)
    assert lift(bought, seed(alike)) > 6


def test_a_group_drawn_by_chance_is_found_no_better_than_by_chance() -> None:
    rows, _ = lines(8)
    drawn = rows["consumer_id"].unique().sort().sample(300, seed=8).to_list()
    assert lift(purchases(rows), seed(drawn)) == pytest.approx(1, abs=0.5)


def test_of_accounts_that_buy_the_same_who_buys_when_the_group_did_stands_first() -> None:
    def of(accounts: list[str], days: list[int]) -> pl.DataFrame:
        dates = pl.Series("order_date", [FIRST + timedelta(days=day) for day in days])
        rows = pl.DataFrame({"consumer_id": accounts}).join(dates.to_frame(), how="cross")
        return rows.with_columns(category_id=pl.lit("toys"), unit_price=pl.lit(5.0))

    group, then, later = ([f"{name}{place}" for place in range(40)] for name in ("group", "then", "later"))
    rows = pl.concat([of(group, [0, 30]), of(then, [0, 30]), of(later, [300, 330])])
    found = look_alikes(purchases(rows), seed(group))
    assert found["consumer_id"].head(40).sort().to_list() == sorted(then)
    assert found["consumer_id"].to_list() == sorted(then) + sorted(later)  # equal scores in order of name


def test_of_a_small_group_nothing_is_told() -> None:
    rows, alike = lines(9, accounts=400)
    with pytest.raises(TooFewError, match="29 accounts"):
        look_alikes(purchases(rows), seed([*alike[:29], "nobody", *alike[:29]]))


def test_lines_are_numbered_by_account_category_and_band_of_price_and_those_that_say_nothing_left_out() -> (
    None
):
    rows = pl.DataFrame(
        {
            "consumer_id": ["a", "b", "a", "b", None, "b", "a", "c"],
            "category_id": ["x", "x", "y", "x", "x", None, "x", "x"],
            "unit_price": [1.0, 9.0, 5.0, 4.0, 1.0, 1.0, None, 6.0],
            "order_date": [FIRST, FIRST, FIRST, FIRST + timedelta(days=1), FIRST, FIRST, FIRST, None],
        }
    )
    bought = purchases(rows)
    assert bought.accounts.to_list() == ["a", "b"]
    first = (FIRST - date(1970, 1, 1)).days
    lists = [list(column) for column in (bought.account, bought.category, bought.band, bought.day)]
    assert lists == [[0, 1, 0, 1], [0, 0, 1, 0], [0, 2, 2, 1], [first, first, first, first + 1]]
