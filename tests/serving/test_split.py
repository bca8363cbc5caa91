"""A change split into parts: worked by hand, and adding up for any parts."""

import math
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.why.split import UnequalPartsError, gather_few, split_mean, split_product, split_sum


def parts(*rows: tuple[Any, ...]) -> pl.DataFrame:
    """Rows of (part, amount now, whole now, amount before, whole before); every part has many parcels."""
    names = ["part", "amount_now", "whole_now", "amount_before", "whole_before"]
    types = {"part": pl.String, **dict.fromkeys(names[1:], pl.Float64)}
    frame = pl.DataFrame(rows, schema=types, orient="row")
    return frame.with_columns(count_now=pl.lit(100), count_before=pl.lit(100))


def effects(frame: pl.DataFrame, *names: str) -> dict[str, tuple[float, ...]]:
    return {row["part"]: tuple(round(row[name], 9) for name in names) for row in frame.iter_rows(named=True)}


def test_a_ratio_is_split_into_mix_and_rate_as_worked_by_hand() -> None:
    # A: 80 of 100 before, 45 of 50 now. B: 60 of 100 before, 75 of 150 now. Overall 0.70, then 0.60.
    given_parts = parts(("A", 45, 50, 80, 100), ("B", 75, 150, 60, 100))
    found = split_mean(given_parts, 120 / 200 - 140 / 200)
    # A: mix (0.25 − 0.50) × (0.80 − 0.70), rate 0.25 × (0.90 − 0.80); B alike.
    assert effects(found, "mix", "rate") == {"A": (-0.025, 0.025), "B": (-0.025, -0.075)}


def test_a_part_absent_before_is_measured_against_the_whole_and_one_absent_now_has_mix_alone() -> None:
    # Gone: 20 of 50 before. New: 30 of 100 now. Old: 80 of 100, then 90 of 100. Overall 2/3, then 0.6.
    given_parts = parts(("gone", 0, 0, 20, 50), ("new", 30, 100, 0, 0), ("old", 90, 100, 80, 100))
    found = effects(split_mean(given_parts, 0.6 - 2 / 3), "mix", "rate")
    assert found["new"] == pytest.approx((0.0, 0.5 * (0.3 - 2 / 3)))
    assert found["gone"] == pytest.approx((-1 / 3 * (0.4 - 2 / 3), 0.0))


def test_a_sum_is_split_into_differences() -> None:
    found = split_sum(parts(("A", 10, 0, 7, 0), ("B", 0, 0, 5, 0)), -2)
    assert effects(found, "effect") == {"A": (3.0,), "B": (-5.0,)}


def test_parts_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(UnequalPartsError):
        split_sum(parts(("A", 10, 0, 7, 0)), 4)
    with pytest.raises(UnequalPartsError):
        split_mean(parts(("A", 9, 10, 8, 10)), 0.2)


def test_parts_under_thirty_parcels_in_both_periods_stand_together() -> None:
    given_parts = parts(("A", 1, 1, 1, 1), ("B", 2, 2, 2, 2), ("C", 3, 3, 3, 3), ("D", 4, 4, 4, 4))
    counted = given_parts.with_columns(
        count_now=pl.Series([29, 29, 30, 2]), count_before=pl.Series([29, 30, 0, 1])
    )
    found = gather_few(counted, "part")
    assert dict(found.select("part", "amount_now").rows()) == {"B": 2, "C": 3, "other": 5}


numbers = st.floats(0, 1e6, allow_subnormal=False)
wholes = st.one_of(st.just(0.0), st.floats(1, 1e6))


@st.composite
def ratios(draw: st.DrawFn) -> pl.DataFrame:
    rows = []
    for place in range(draw(st.integers(1, 12))):
        now, before = draw(wholes), draw(wholes)
        rates = draw(st.tuples(st.floats(0, 500), st.floats(0, 500)))
        rows.append((str(place), rates[0] * now, now, rates[1] * before, before))
    # Each period has something.
    rows.append(("always", 1.0, 1.0, 1.0, 1.0))
    return parts(*rows)


@given(ratios())
def test_the_parts_of_any_ratio_add_up_to_its_change(given_parts: pl.DataFrame) -> None:
    now, before = (
        given_parts[f"amount_{when}"].sum() / given_parts[f"whole_{when}"].sum() for when in ("now", "before")
    )
    found = split_mean(given_parts, now - before)
    assert math.isclose(found["effect"].sum(), now - before, rel_tol=1e-9, abs_tol=1e-9 * max(1, before))


positive = st.floats(1e-3, 1e6)


@given(st.lists(st.tuples(positive, positive), min_size=1, max_size=4))
def test_the_effects_of_any_factors_add_up_to_the_change_of_their_product(
    factors: list[tuple[float, float]],
) -> None:
    now, before = zip(*factors, strict=True)
    found = split_product(now, before)
    scale = max(math.prod(now), math.prod(before))
    assert math.isclose(sum(found), math.prod(now) - math.prod(before), rel_tol=1e-9, abs_tol=1e-9 * scale)


def test_a_factor_that_stays_has_no_effect_and_equal_changes_have_equal_ones() -> None:
    # 100 × 2 × 5 becomes 121 × 2 × 5: all of it is the first factor's. 2 × 2 becomes 3 × 3: half each.
    assert split_product((121, 2, 5), (100, 2, 5)) == pytest.approx([210, 0, 0])
    assert split_product((3, 3), (2, 2)) == pytest.approx([2.5, 2.5])
