"""The bars of simulated estimates: what is called true has the least loss, and a miss is said."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

import benchmarks.simulated_estimates as bars
from simulator.life.loads import with_loads
from simulator.world.market import open_market


@pytest.fixture(scope="module")
def market() -> Iterator[dict[str, pl.DataFrame]]:
    """Yield what was told in a market of half a year, by target."""
    patch = pytest.MonkeyPatch()
    patch.setattr(bars, "TO", date(2018, 12, 31))
    patch.setattr(bars, "UNTIL_DATE", date(2019, 1, 31))
    patch.setattr(bars, "REDRAWN", 200)
    opened = with_loads(open_market(6_000, bars.FROM, bars.TO, bars.UNTIL_DATE, 77, parts=["couriers"]))
    parcels, truth = bars.read_market(opened)
    # As if nobody knew where Sichuan is.
    parcels = parcels.with_columns(
        kilometres=pl.when(pl.col("destination_province_id") != "51").then("kilometres")
    )
    return {
        target: bars.foretold(parcels, target).join(truth, on="waybill_number") for target in bars.TARGETS
    }


@pytest.mark.parametrize("target", bars.TARGETS)
def test_the_true_quantiles_are_kept_as_often_as_they_say_and_lose_least(
    target: str, market: dict[str, pl.DataFrame]
) -> None:
    compared = market[target].drop_nulls(["p95", "arrived_at"])
    true = [f"{target}_{name}" for name in bars.NAMES]
    for share, name in zip(bars.SHARES, true, strict=True):
        kept = float((compared["took"] <= compared[name]).mean())  # type: ignore[arg-type]
        # Lanes broken for a week make the parcels of a market alike: hence more than chance alone.
        assert kept == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / len(compared)) + 0.01)
    least = sum(bars.pinball(compared, true).values())
    assert least < sum(bars.pinball(compared, bars.NAMES).values())
    for factor in (0.85, 1.15):
        moved = compared.with_columns(pl.col(true) * factor)
        assert least < sum(bars.pinball(moved, true).values())


@pytest.mark.parametrize("target", bars.TARGETS)
def test_the_learnt_level_is_judged_beside_the_others_which_stand_where_it_says_nothing(
    target: str, market: dict[str, pl.DataFrame]
) -> None:
    told = market[target].drop_nulls("p95")
    same = pl.all_horizontal(pl.col(name) == pl.col(learnt) for name, learnt in bars.LEARNT.items())
    unknown, known = (
        told.filter(pl.col("kilometres").is_null() == is_unknown).select(same).to_series()
        for is_unknown in (True, False)
    )
    assert len(unknown) > 0
    assert unknown.all()
    # Lanes that no parcel was seen on are not told of by it either.
    assert known.mean() < 0.5  # type: ignore[operator]


def test_a_bar_is_a_point_in_calm_months_three_in_others_and_five_per_cent_of_loss() -> None:
    def month(name: str, kept: float) -> dict[str, Any]:
        return {"month": name, "p90_kept": kept, "p95_kept": 95.0}

    months = [month("2018-12", 91.0), month("2019-02", 87.0), month("2019-03", 91.1), month("2018-11", 86.9)]
    calm = {"months": [], "ratio": 1.05}
    figures = {"seed": 3, "payment": {"months": months, "ratio": 1.051}, "pickup": calm}
    assert bars.missed(figures) == [
        "seed 3 payment 2019-03: p90 kept 91.1",
        "seed 3 payment 2018-11: p90 kept 86.9",
        "seed 3 payment: pinball 1.051 of the true quantiles'",
    ]
    with_learnt = [{**each, "learnt_p90_kept": 90.0, "learnt_p95_kept": 96.1} for each in months[:1]]
    figures |= {"payment": {"months": with_learnt, "ratio": 2.0, "learnt_ratio": 1.0}}
    figures |= {"pickup": {"months": [], "ratio": 1.0, "learnt_ratio": 1.06}}
    assert bars.missed(figures, "learnt_") == [
        "seed 3 payment 2018-12: p95 kept 96.1",
        "seed 3 pickup: pinball 1.060 of the true quantiles'",
    ]
