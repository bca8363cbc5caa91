"""How far lanes go, learnt on markets made by hand, and the level of parcels that go as far."""

from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from estimates.delivery.backtest import backtest, is_learnt_better
from estimates.delivery.levels import DISTANCE, LEARNT, LEAST, LEVELS, WITH_LEARNT, answer, levels, name_of

AS_OF = datetime(2019, 6, 3, tzinfo=UTC)
SHARES = (0.5, 0.8, 0.9, 0.95)
NAMES = [name_of(share) for share in SHARES]
#: Standard normal quantiles of 50, 80, 90 and 95 of 100.
NORMAL = np.array([0.0, 0.8416, 1.2816, 1.6449])
SPREAD = 0.25
Array = npt.NDArray[np.float64]


def market(seed: int, count: int = 12_000, provinces: int = 12, lane: float = 0.1) -> pl.DataFrame:
    """Parcels of the 90 days before AS_OF and the week after, with the `medians` of their `hours`.

    Far ones take longer, as do those of one courier, of some provinces and of some lanes.
    """
    dice = np.random.default_rng(seed)
    origin, destination = dice.integers(0, provinces, (2, count))
    courier = dice.integers(0, 4, count)
    kilometres = 150.0 * np.abs(origin - destination)
    of_province, of_lane = dice.normal(0, 0.2, provinces), dice.normal(0, lane, (4, provinces, provinces))
    logs = 0.15 * courier + of_province[destination] + of_lane[courier, origin, destination]
    medians = (20 + 0.03 * kilometres) * np.exp(logs)
    hours = medians * np.exp(SPREAD * dice.normal(0, 1, count))
    started = [AS_OF + timedelta(days=7 - float(each)) for each in dice.uniform(0, 97, count)]
    return pl.DataFrame(
        {
            "started_at": started,
            "picked_up_at": started,
            "arrived_at": [at + timedelta(hours=float(of)) for at, of in zip(started, hours, strict=True)],
            "kilometres": kilometres,
            "courier_id": np.array(["sf", "sto", "yto", "zto"])[courier],
            "service": "standard",
            "origin_province_id": origin.astype(str),
            "destination_province_id": destination.astype(str),
            "origin_region": "east",
            "destination_region": "east",
            "hour": 10,
            "weekday": 1,
            "hours": hours,
            "medians": medians,
        }
    )


def asked(parcels: pl.DataFrame) -> pl.DataFrame:
    return parcels.filter(pl.col("started_at") >= AS_OF)


def told(parcels: pl.DataFrame, among: dict[str, tuple[str, ...]] | None = None) -> pl.DataFrame:
    return answer(asked(parcels), levels(parcels, AS_OF), among or WITH_LEARNT)


def loss(hours: Array, said: Array) -> float:
    off, shares = hours[:, None] - said, np.array(SHARES)
    return float(np.maximum(shares * off, (shares - 1) * off).mean())


@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_told_comes_true_as_often_as_said_and_is_nearer_than_the_levels(seed: int) -> None:
    parcels = market(seed)
    hours = asked(parcels)["hours"].to_numpy()
    learnt, plain = (told(parcels, dict(among)).select(NAMES).to_numpy() for among in (WITH_LEARNT, LEVELS))
    for place, share in enumerate(SHARES):
        chance = np.sqrt(share * (1 - share) / len(hours))
        assert (hours <= learnt[:, place]).mean() == pytest.approx(share, abs=4 * chance + 0.01), seed
    true = asked(parcels)["medians"].to_numpy()[:, None] * np.exp(SPREAD * NORMAL)
    assert loss(hours, learnt) < 1.12 * loss(hours, true), seed
    assert loss(hours, learnt) < 0.9 * loss(hours, plain), seed


def test_the_learnt_level_is_of_all_lanes_that_go_as_far_with_thirty_parcels_that_arrived() -> None:
    parcels = market(3)
    known = levels(parcels, AS_OF)
    rows = known.percentiles.filter(level=LEARNT)
    alike = known.parcels.group_by(DISTANCE).agg(pl.len().cast(pl.Int64), pl.col("is_finished").sum())
    expected = {step: count for step, count, over in alike.rows() if step is not None and over >= LEAST}
    assert dict(rows.select(DISTANCE, "parcel_count").rows()) == expected
    # A lane of few parcels is told of by it, too.
    few = known.distances.filter(pl.col("finished_count") < LEAST)
    assert len(few) > 100
    assert (told(parcels)["level"] == LEARNT).mean() > 0.95  # type: ignore[operator]
    [one] = told(parcels).filter(level=LEARNT).head(1).to_dicts()
    [lane] = known.distances.filter(**{key: one[key] for key in LEVELS["lane"]}).to_dicts()
    [row] = rows.filter(pl.col(DISTANCE) == lane[DISTANCE]).to_dicts()
    assert one["finished_count"] == row["finished_count"]
    [hour] = known.hours["correction_hours"]
    [weekday] = known.weekdays["correction_hours"]
    assert [one[name] for name in NAMES] == pytest.approx([row[name] + hour + weekday for name in NAMES])


def test_rows_in_any_order_teach_the_same() -> None:
    parcels = market(4)
    one, other = (levels(of, AS_OF) for of in (parcels, parcels.sample(fraction=1, shuffle=True, seed=4)))
    assert one.distances.equals(other.distances)
    assert one.percentiles.equals(other.percentiles)


def test_what_was_received_later_changes_nothing() -> None:
    parcels = market(5)
    later = parcels.with_columns(
        arrived_at=pl.when(pl.col("arrived_at") >= AS_OF)
        .then(pl.col("arrived_at") + timedelta(days=9))
        .otherwise("arrived_at")
    )
    later = pl.concat([later, asked(market(6))])
    one, other = levels(parcels, AS_OF), levels(later, AS_OF)
    assert one.distances.equals(other.distances)
    assert one.percentiles.equals(other.percentiles)


def test_a_parcel_that_never_arrives_is_kept() -> None:
    parcels = market(7)
    lost = parcels.with_columns(arrived_at=pl.when(pl.int_range(pl.len()) % 5 > 0).then("arrived_at"))
    said = told(lost)
    # Half of all are there when 62.5 of 100 are of those that arrive; by no hour are nine of ten.
    assert (asked(parcels)["hours"] <= said["p50"]).mean() == pytest.approx(0.625, abs=0.05)
    assert said["p90"].null_count() > 0.9 * len(said)


def test_a_parcel_does_not_foretell_itself() -> None:
    # Lanes that differ in nothing, with some four parcels each: one that counted itself would seem foretold.
    parcels = market(8, provinces=25)
    hours = 50 * np.exp(0.5 * np.random.default_rng(8).normal(0, 1, len(parcels)))
    parcels = parcels.with_columns(
        hours=pl.Series(hours),
        arrived_at=pl.col("started_at") + pl.duration(seconds=pl.Series(hours * 3600).cast(pl.Int64)),
    )
    kept = (asked(parcels)["hours"] <= told(parcels)["p90"]).mean()
    assert kept == pytest.approx(0.9, abs=0.02)


def test_where_provinces_or_pickups_are_not_known_the_levels_answer() -> None:
    parcels = market(9)
    nowhere = parcels.with_columns(kilometres=pl.lit(None, pl.Float64))
    waiting = parcels.with_columns(picked_up_at=pl.lit(None, pl.Datetime("us", "UTC")))
    for of in (nowhere, waiting, parcels.drop("kilometres")):
        assert levels(of, AS_OF).distances.is_empty()
        assert LEARNT not in set(told(of)["level"])


def judged(parcels: pl.DataFrame) -> pl.DataFrame:
    now = AS_OF + timedelta(days=40)
    return backtest(
        parcels.with_columns(
            known_until=pl.lit(now), promised_delivery_at=pl.lit(None, pl.Datetime("us", "UTC"))
        ),
        now,
        1,
    )


def test_it_is_told_where_it_loses_less_and_not_where_it_loses_more() -> None:
    assert is_learnt_better(judged(market(10)))
    # Few lanes with many parcels, each of which always takes as long: by itself it is known better.
    parcels = market(10, provinces=2)
    lanes = pl.struct("courier_id", "origin_province_id", "destination_province_id").hash(3) % 2
    steady = parcels.with_columns(
        arrived_at=pl.col("started_at")
        + pl.duration(seconds=pl.when(lanes == 1).then(100_000).otherwise(104_000))
    )
    rows = judged(steady)
    assert not is_learnt_better(rows)
    counts = rows.filter(pl.col("percentile") == 90).group_by("told_by").agg(pl.col("compared_count").sum())
    assert len(set(counts["compared_count"])) == 1
    assert not is_learnt_better(judged(market(10).drop("kilometres")))
