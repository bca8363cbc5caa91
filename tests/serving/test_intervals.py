"""Intervals against cases of their authors, and against drawing again and again."""

import numpy as np
import pytest
from scipy.stats import binomtest

from serving.intervals import difference_interval, growth_interval, share_interval

#: So many draws tell 95% from 93%.
DRAWS = 4000


@pytest.mark.parametrize(("part", "whole"), [(0, 30), (7, 30), (30, 30), (480, 1000)])
def test_a_share_lies_where_scipys_wilson_has_it(part: int, whole: int) -> None:
    expected = binomtest(part, whole).proportion_ci(method="wilson")
    assert share_interval(part, whole) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_a_difference_is_the_one_of_newcombes_first_case() -> None:
    # 56/70 less 48/80: Newcombe 1998, method 10.
    assert difference_interval(56, 70, 48, 80) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)


def test_nineteen_of_twenty_intervals_hold_the_difference_and_the_growth_that_was_drawn() -> None:
    dice = np.random.default_rng(7)
    parts, others = dice.binomial(90, 0.3, DRAWS), dice.binomial(60, 0.42, DRAWS)
    differences = [difference_interval(int(a), 90, int(b), 60) for a, b in zip(parts, others, strict=True)]
    assert 0.93 < np.mean([low <= -0.12 <= high for _, low, high in differences]) < 0.975
    now, before = dice.poisson(120, DRAWS), dice.poisson(80, DRAWS)
    growths = [growth_interval(int(a), int(b)) for a, b in zip(now, before, strict=True)]
    assert 0.93 < np.mean([low <= 0.5 <= high for _, low, high in growths]) < 0.975


def test_the_middle_is_what_was_counted() -> None:
    assert growth_interval(150, 100)[0] == pytest.approx(0.5)
    assert difference_interval(1, 4, 1, 2)[0] == -0.25
