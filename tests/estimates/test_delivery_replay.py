"""A market made by hand, replayed: what is foretold, and that nothing is known before it happened."""

from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom

from estimates.delivery.correction import Correction, corrected
from estimates.delivery.learnt import Learning, learn
from estimates.delivery.recent import recent
from estimates.delivery.replay import FromTheFutureError, Settings, known_at, refuse_the_future, replay

SHARES = (0.5, 0.8, 0.9, 0.95)
#: Few weeks before the first, so that a replay takes seconds.
FEW = Settings(warm_up_weeks=5)
BEGIN, FIRST, LAST = datetime(2018, 1, 1), date(2018, 5, 1), date(2018, 5, 28)


def market(seed: int, count: int = 4000, until_days: int = 165) -> pl.DataFrame:
    """Parcels over some months: far ones and those of one group take longer, and all get faster with time."""
    dice = np.random.default_rng(seed)
    asked = np.sort(dice.uniform(0, until_days, count))
    far, slow = dice.uniform(0, 1, count), dice.integers(0, 2, count)
    days = np.exp(1.6 + far + 0.3 * slow - asked / 500 + dice.normal(0, 0.3 + 0.2 * slow, count))
    at = [BEGIN + timedelta(days=float(each)) for each in asked]
    arrived = [start + timedelta(days=float(each)) for start, each in zip(at, days, strict=True)]
    lost = dice.uniform(0, 1, count) < 0.01
    return pl.DataFrame(
        {
            "question": [f"q{place:05}" for place in range(count)],
            "asked_at": at,
            "arrived_at": pl.Series(arrived).set(pl.Series(lost), None),
            "group": np.where(slow, "slow", "fast"),
            "far": far,
        }
    )


def honest(facts: pl.DataFrame) -> pl.DataFrame:
    asked = facts.with_columns(question=pl.int_range(pl.len()))
    took = facts.with_columns(
        known_at=pl.col("arrived_at"), took=(pl.col("arrived_at") - pl.col("asked_at")).dt.total_seconds()
    )
    sums = recent(asked, took, ("group",), "took", timedelta(days=14))
    return pl.DataFrame(
        {
            "far": facts["far"],
            "slow": (facts["group"] == "slow").cast(pl.Float64),
            "took": sums.select(
                pl.when(pl.col("count") > 0).then(pl.col("total") / pl.col("count"))
            ).to_series(),
        }
    )


def with_a_look_ahead(facts: pl.DataFrame) -> pl.DataFrame:
    """The mean of a week's parcels of a group: of those asked early in the week it is known later."""
    took = (pl.col("arrived_at") - pl.col("asked_at")).dt.total_seconds()
    planted = facts.select(took.mean().over("group", pl.col("asked_at").dt.truncate("1w"))).to_series()
    return honest(facts).with_columns(planted.alias("week_of_group"))


def test_a_feature_from_the_future_is_refused_by_its_name() -> None:
    with pytest.raises(FromTheFutureError, match=r"received later: week_of_group\."):
        replay(market(1), with_a_look_ahead, FIRST, LAST, SHARES)


def test_features_of_what_was_received_pass() -> None:
    facts = market(1)
    moments = [datetime(2018, 3, 1), datetime(2018, 5, 1)]
    assert refuse_the_future(facts, honest, moments).equals(honest(facts.sort("asked_at", "question")))


def test_an_estimate_is_the_same_when_what_came_later_never_came() -> None:
    facts = market(2, 2000)
    short = date(2018, 5, 9)
    then = known_at(facts, datetime(2018, 5, 9) + timedelta(days=1))
    names = ["question", "p50", "p80", "p90", "p95"]
    now = replay(facts, honest, FIRST, short, SHARES, FEW).select(names)
    assert replay(then, honest, FIRST, short, SHARES, FEW).select(names).equals(now)


@pytest.mark.parametrize("seed", [11, 12])
def test_what_is_foretold_is_kept_as_often_as_it_says_in_each_group(seed: int) -> None:
    facts = market(seed)
    foretold = replay(facts, honest, FIRST, LAST, SHARES, FEW).join(
        facts.select("question", "group"), on="question"
    )
    judged = foretold.drop_nulls("days")
    for (group,), rows in judged.group_by("group"):
        kept = int((rows["days"] <= rows["p90"]).sum())
        # Whole days are rounded down by as much as half a day, so a little more is kept than stated.
        assert binom.ppf(0.001, len(rows), 0.9) <= kept <= binom.ppf(0.999, len(rows), 0.92), (seed, group)
    p90 = judged["p90"].to_numpy() - judged["p50"].to_numpy()
    slow = (judged["group"] == "slow").to_numpy()
    assert p90[slow].mean() > 1.5 * p90[~slow].mean()


def test_sums_of_the_past_are_those_of_a_plain_loop() -> None:
    dice = np.random.default_rng(5)
    facts = market(5, 300)
    asked = facts.with_columns(question=pl.int_range(pl.len()))
    values = facts.with_columns(known_at=pl.col("arrived_at"), value=pl.Series(dice.normal(0, 1, 300)))
    window = timedelta(days=10)
    found = recent(asked, values, ("group",), "value", window)
    for place, (at, group) in enumerate(facts.select("asked_at", "group").iter_rows()):
        inside = [
            value
            for known, other, value in values.select("known_at", "group", "value").iter_rows()
            if other == group and known is not None and at - window <= known < at
        ]
        assert found["count"][place] == len(inside)
        assert found["total"][place] == pytest.approx(sum(inside), abs=1e-9)


def test_open_parcels_keep_a_recent_slowdown_from_looking_fast() -> None:
    # All take ten days; of those started in the last ten days only the fast ones have arrived.
    dice = np.random.default_rng(9)
    age = dice.uniform(0, 60, 3000)
    days = np.exp(np.log(10) + dice.normal(0, 0.2, 3000))
    finished = days < age
    features = np.column_stack([age < 10, dice.normal(0, 1, 3000)]).astype(np.float64)
    learning = Learning(offset=0.1, place_penalty=1)
    known = learn(features, np.where(finished, days, age), finished, age, learning)
    recent_one = np.array([[1.0, 0.0]])
    kept, _ = known.foretell(recent_one)
    only = learn(features[finished], days[finished], finished[finished], age[finished], learning)
    left_out, _ = only.foretell(recent_one)
    assert np.exp(kept[0]) == pytest.approx(10, rel=0.08)
    assert np.exp(left_out[0]) < 9


def test_a_small_group_is_moved_by_all_and_a_large_one_by_its_own() -> None:
    dice = np.random.default_rng(3)
    groups = np.array(["large"] * 2000 + ["small"] * 5)
    scores = np.concatenate([dice.normal(0, 1, 2000), np.full(5, 9.0)])
    finished, age = np.ones(2005, dtype=bool), np.full(2005, 10.0)
    of_all, own = corrected(scores, finished, age, groups, (0.9,), Correction(steadying=100))
    assert own["large"] == pytest.approx(of_all, abs=0.05)
    assert own["small"] == pytest.approx((5 * 9 + 100 * of_all) / 105)
    assert of_all[0] == pytest.approx(1.2816, abs=0.15)


def test_nothing_is_learnt_from_nothing() -> None:
    empty = market(4, 200, until_days=10).with_columns(asked_at=pl.col("asked_at") + timedelta(days=118))
    with pytest.raises(ValueError, match="Nothing can be learnt"):
        replay(empty, honest, FIRST, LAST, SHARES, Settings(warm_up_weeks=0))
