"""The learnt surface on markets made by hand, whose true quantiles are known."""

from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from estimates.delivery.levels import name_of
from estimates.delivery.surface import LEAST, learn_surface

AS_OF = datetime(2019, 6, 3, tzinfo=UTC)
SHARES = (0.5, 0.8, 0.9, 0.95)
NAMES = [name_of(share) for share in SHARES]
Array = npt.NDArray[np.float64]


def market(seed: int, count: int = 12_000, provinces: int = 6, days: int = 97) -> pl.DataFrame:
    """Parcels of the weeks before AS_OF and the one after, with `medians`, and `spread`, of their hours.

    Far ones take longer, as do those of one courier and of some lanes, and those that start in the evening
    take half a day more; pickup is at once.
    """
    dice = np.random.default_rng(seed)
    origin, destination = dice.integers(0, provinces, (2, count))
    courier, clock = dice.integers(0, 2, count), dice.uniform(0, 24, count)
    of_lane = dice.normal(0, 0.25, (2, provinces, provinces))[courier, origin, destination]
    kilometres = 200.0 + 150 * np.abs(origin - destination) + dice.uniform(0, 600, count)
    medians = (20 + 0.03 * kilometres) * np.exp(0.2 * courier + of_lane) + np.where(clock >= 18, 12, 0)
    spread = np.where(clock >= 18, 0.4, 0.2)
    # The clock says when, and here that is free of the moment: only the hour of the day counts.
    start = AS_OF + timedelta(days=7)
    back = dice.uniform(0, days, count)
    hours = medians * np.exp(spread * dice.normal(0, 1, count))
    started = [start - timedelta(days=float(each)) for each in back]
    return pl.DataFrame(
        {
            "started_at": started,
            "picked_up_at": started,
            "arrived_at": [
                at + timedelta(hours=float(each)) for at, each in zip(started, hours, strict=True)
            ],
            "clock_hours": clock,
            "kilometres": kilometres,
            "courier_id": np.array(["fast", "slow"])[courier],
            "service": "standard",
            "origin_province_id": origin.astype(str),
            "destination_province_id": destination.astype(str),
            "hours": hours,
            "medians": medians,
            "spread": spread,
        }
    )


def asked(parcels: pl.DataFrame) -> pl.DataFrame:
    return parcels.filter(pl.col("started_at") >= AS_OF)


def told(parcels: pl.DataFrame, questions: pl.DataFrame) -> Array:
    surface = learn_surface(parcels, AS_OF, SHARES)
    assert surface is not None
    return surface.foretell(questions).select(NAMES).to_numpy()


def loss(hours: Array, said: Array) -> float:
    off, shares = hours[:, None] - said, np.array(SHARES)
    return float(np.maximum(shares * off, (shares - 1) * off).mean())


@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_told_comes_true_as_often_as_said_and_is_near_the_true_quantiles(seed: int) -> None:
    parcels = market(seed, 40_000)
    questions = asked(parcels)
    hours, said = questions["hours"].to_numpy(), told(parcels, questions)
    # Standard normal quantiles of 50, 80, 90 and 95 of 100.
    true = questions["medians"].to_numpy()[:, None] * np.exp(
        questions["spread"].to_numpy()[:, None] * np.array([0.0, 0.8416, 1.2816, 1.6449])
    )
    for place, share in enumerate(SHARES):
        chance = np.sqrt(share * (1 - share) / len(hours))
        assert (hours <= said[:, place]).mean() == pytest.approx(share, abs=4 * chance + 0.01), seed
    assert loss(hours, said) < 1.05 * loss(hours, true)
    # The hour of the start is wanted: without it the true medians of all hours do worse than the surface.
    blurred = np.median(hours) * np.ones_like(true) * np.exp(0.3 * np.array([0.0, 0.8416, 1.2816, 1.6449]))
    assert loss(hours, said) < 0.8 * loss(hours, blurred)


def test_rows_in_any_order_teach_the_same() -> None:
    parcels = market(3)
    shuffled = parcels.sample(fraction=1, shuffle=True, seed=4)
    assert (told(parcels, asked(parcels)) == told(shuffled, asked(parcels))).all()


def test_what_was_received_later_changes_nothing() -> None:
    parcels = market(5)
    at = pl.lit(AS_OF)
    later = parcels.with_columns(
        arrived_at=pl.when(pl.col("arrived_at") >= at)
        .then(pl.col("arrived_at") + timedelta(days=9))
        .otherwise("arrived_at"),
        picked_up_at=pl.when(pl.col("picked_up_at") >= at)
        .then(pl.col("picked_up_at") - timedelta(minutes=1))
        .otherwise("picked_up_at"),
    )
    later = pl.concat([later, market(6).filter(pl.col("started_at") >= at)])
    assert (told(parcels, asked(parcels)) == told(later, asked(parcels))).all()


def test_a_parcel_that_never_arrives_is_kept() -> None:
    parcels = market(7, 20_000)
    lost = parcels.with_columns(arrived_at=pl.when(pl.int_range(pl.len()) % 5 > 0).then("arrived_at"))
    said = told(lost, asked(lost))
    # Half of all are there when 62.5 of 100 are of those that arrive; by no day are nine of ten.
    kept = (asked(parcels)["hours"].to_numpy() <= said[:, 0]).mean()
    assert kept == pytest.approx(0.625, abs=0.05)
    assert (said[:, 2:] > 7 * 24).all()


def test_a_parcel_does_not_foretell_itself() -> None:
    # Lanes that differ in nothing, with some six parcels each: one that counted itself would seem foretold.
    parcels = market(8, 20_000, provinces=40)
    hours = 50 * np.exp(0.5 * np.random.default_rng(8).normal(0, 1, len(parcels)))
    parcels = parcels.with_columns(
        hours=pl.Series(hours),
        arrived_at=pl.col("started_at") + pl.duration(seconds=pl.Series(hours * 3600).cast(pl.Int64)),
    )
    asked_hours, said = asked(parcels)["hours"].to_numpy(), told(parcels, asked(parcels))
    true = 50 * np.exp(0.5 * np.array([0.0, 0.8416, 1.2816, 1.6449]))
    assert loss(asked_hours, said) < 1.03 * loss(asked_hours, np.tile(true, (len(said), 1)))
    assert said[:, 0].std() < 3


def test_too_few_parcels_and_unknown_distances_are_not_told_of() -> None:
    parcels = market(9)
    taught = parcels.filter(pl.col("started_at") < AS_OF - timedelta(days=7))
    assert learn_surface(taught.head(LEAST - 1), AS_OF) is None
    assert learn_surface(taught.with_columns(kilometres=pl.lit(None, pl.Float64)), AS_OF) is None
    surface = learn_surface(taught, AS_OF, SHARES)
    assert surface is not None
    unknown = (
        asked(parcels)
        .head(3)
        .with_columns(kilometres=pl.Series([None, 800.0, None]), courier_id=pl.lit("never seen"))
    )
    said = surface.foretell(unknown)
    assert said["p90"].is_null().to_list() == [True, False, True]
    rows = said.select(NAMES).row(1)
    assert list(rows) == sorted(rows)
