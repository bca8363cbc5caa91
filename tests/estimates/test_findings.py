"""What is found in markets made by hand: rows of a part and a week, with noise of a known size."""

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from estimates.findings.find import Finding, find
from estimates.findings.metric import Metric
from estimates.findings.moderated import moderated

HOURS = Metric("hours", (("courier",), ("province",), ("courier", "province")), 0.1, "times")
COURIERS, PROVINCES = [f"c{n}" for n in range(8)], [f"p{n}" for n in range(10)]
WEEKS = 12


def market(seed: int, each: int = 60) -> pl.DataFrame:
    """A quiet market: so many parcels of each courier, province and week, 50 hours each, with noise."""
    dice = np.random.default_rng(seed)
    rows = [(c, p, week) for c in COURIERS for p in PROVINCES for week in range(WEEKS)]
    frame = pl.DataFrame(rows, schema=["courier", "province", "week"], orient="row")
    # Parcels of a week share their fate: more noise than 60 parcels of their own would leave.
    mean = 50 + dice.normal(0, 20 / np.sqrt(each), len(rows)) + dice.normal(0, 2, len(rows))
    return frame.with_columns(
        amount=pl.Series(mean * each), whole=pl.lit(float(each)), count=pl.lit(each, pl.Int64)
    )


def slower(cells: pl.DataFrame, here: pl.Expr, times: float) -> pl.DataFrame:
    return cells.with_columns(amount=pl.when(here).then(pl.col("amount") * times).otherwise("amount"))


def found(cells: pl.DataFrame, metric: Metric = HOURS) -> list[Finding]:
    return find({"week": {"hours": cells}}, [metric], false_share=0.02).findings


NOW = pl.col("week") == 0
HERE = (pl.col("courier") == "c3") & (pl.col("province") == "p4")


@pytest.mark.parametrize("seed", range(5))
def test_a_slow_courier_of_one_province_is_found_there_and_not_as_courier_or_province(seed: int) -> None:
    [finding] = found(slower(market(seed), HERE & NOW, 1.5))
    assert finding.cut == {"courier": "c3", "province": "p4"}
    assert finding.touched == 60
    assert finding.now == pytest.approx(75, abs=9)
    assert finding.expected == pytest.approx(50, abs=4)
    assert finding.certainty > 0.98


@pytest.mark.parametrize("seed", range(5))
def test_a_courier_that_is_slow_everywhere_is_one_finding(seed: int) -> None:
    [finding] = found(slower(market(seed), (pl.col("courier") == "c3") & NOW, 1.3))
    assert finding.cut == {"courier": "c3"}


def test_what_moves_everyone_is_no_finding() -> None:
    assert found(slower(market(1), NOW, 1.6)) == []


def test_a_part_that_moves_as_much_every_other_week_is_no_finding() -> None:
    restless = HERE & (pl.col("week") % 2 == 0)
    assert found(slower(market(1), restless, 1.5)) == []


def test_a_change_too_small_to_mind_is_no_finding_however_certain() -> None:
    cells = slower(market(1, each=100_000), (pl.col("courier") == "c3") & NOW, 1.08)
    assert found(cells) == []
    assert [each.cut for each in found(cells, replace(HOURS, least=0.05))] == [{"courier": "c3"}]


def test_a_part_under_thirty_parcels_or_six_weeks_is_not_judged() -> None:
    changed = slower(market(1), HERE & NOW, 1.5)
    few = changed.with_columns(count=pl.when(HERE).then(29).otherwise("count"))
    assert {"courier": "c3", "province": "p4"} not in [each.cut for each in found(few)]
    young = changed.filter(pl.col("week") <= 5)
    assert found(young) == []


@pytest.mark.parametrize(("each", "tried"), [(18, 0), (19, len(COURIERS) * len(PROVINCES))])
def test_a_share_of_fewer_than_150_parcels_is_not_judged(each: int, tried: int) -> None:
    share = Metric("share", (("courier", "province"),), 0.03, "share")
    cells = market(4, each).with_columns(
        amount=pl.lit(float(each)) + pl.int_range(pl.len()).mod(7).cast(pl.Float64)
    )
    assert find({"week": {"share": cells}}, [share], false_share=0.02).tried == {"week": {"share": tried}}


def test_what_is_not_known_is_no_part() -> None:
    unknown = market(3).with_columns(province=pl.when(HERE).then(None).otherwise("province"))
    cells = slower(unknown, pl.col("province").is_null() & NOW, 2)
    assert all(None not in each.cut.values() for each in found(cells))


def test_two_changes_are_two_findings_and_what_touches_most_comes_first() -> None:
    cells = slower(market(2), (pl.col("courier") == "c1") & NOW, 1.4)
    cells = slower(cells, HERE & NOW, 1.5)
    assert [each.cut for each in found(cells)] == [{"courier": "c1"}, {"courier": "c3", "province": "p4"}]


def test_quiet_markets_have_a_finding_in_at_most_one_of_twenty() -> None:
    alarms = [seed for seed in range(100, 140) if found(market(seed))]
    assert len(alarms) <= 2, alarms


def test_a_finding_can_be_written_as_json() -> None:
    [finding] = found(slower(market(0), HERE & NOW, 1.5))
    assert json.loads(json.dumps(vars(finding)))["cut"] == {"courier": "c3", "province": "p4"}


def test_variances_move_towards_what_is_usual_the_more_the_less_is_known_of_them() -> None:
    dice = np.random.default_rng(3)
    freedoms = np.full(400, 8.0)
    own = 4.0 * dice.chisquare(8, 400) / 8
    steady = moderated(own, freedoms)
    # All parts have one variance, so that nothing but it is left.
    assert steady.variances == pytest.approx(np.full(400, 4.0), rel=0.25)
    assert np.ptp(steady.variances) < np.ptp(own) / 5
    # Where the parts' variances differ by an inverse chi-square of 6, that is what is found.
    true = 6 * 4.0 / dice.chisquare(6, 4000)
    found_freedoms = moderated(true * dice.chisquare(8, 4000) / 8, np.full(4000, 8.0)).freedoms[0] - 8
    assert found_freedoms == pytest.approx(6, rel=0.25)
