"""Levels against scipy's estimate of the same, and against cases worked by hand."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from scipy.stats import CensoredData, ecdf

from estimates.delivery import kaplan_meier
from estimates.delivery.levels import LEAST, LEVELS, SHARES, answer, in_order, levels, name_of, quantiles_by

AS_OF = datetime(2019, 6, 1)
KEYS = {
    "courier_id": "zto",
    "service": "standard",
    "origin_province_id": "33",
    "destination_province_id": "44",
    "origin_region": "east",
    "destination_region": "south",
}


def parcels(
    hours: list[float], *, started: datetime | None = None, arrive: bool = True, **keys: str
) -> pl.DataFrame:
    at = started or AS_OF - timedelta(days=30)
    return pl.DataFrame(
        {"started_at": [at] * len(hours), "arrived_at": [at + timedelta(hours=each) for each in hours]}
    ).with_columns(
        pl.when(pl.lit(arrive)).then("arrived_at"),
        hour=pl.lit(10),
        weekday=pl.lit(1),
        **{name: pl.lit(value) for name, value in (KEYS | keys).items()},
    )


def question(**keys: str) -> pl.DataFrame:
    return pl.DataFrame([KEYS | {"hour": 10, "weekday": 1} | keys])


@pytest.mark.parametrize("seed", range(5))
def test_quantiles_with_open_parcels_are_those_of_scipy(seed: int) -> None:
    dice = np.random.default_rng(seed)
    truth, asked = dice.gamma(3, 16, 400).round(1), dice.uniform(0, 120, 400).round(1)
    finished = truth <= asked
    hours = np.minimum(truth, asked)
    curve = ecdf(CensoredData(uncensored=hours[finished], right=hours[~finished])).cdf
    shares = [share for share in SHARES if curve.probabilities[-1] > share]
    expected = [curve.quantiles[np.argmax(curve.probabilities >= share)] for share in shares]
    # The same once more beside it, and one that nobody has seen the end of, as groups of their own.
    groups = pl.concat(
        pl.DataFrame({"group": name, "hours": lasted, "is_finished": over})
        for name, lasted, over in (
            ("one", hours, finished),
            ("two", hours, finished),
            ("open", [1.0], [False]),
        )
    ).sample(fraction=1, shuffle=True, seed=seed)
    ours = quantiles_by(in_order(groups), ("group",), shares).select("group", *map(name_of, shares))
    by_group = {name: of for name, *of in ours.iter_rows()}
    assert by_group == {name: pytest.approx(expected) for name in ("one", "two")} | {
        "open": [None] * len(shares)
    }, seed
    of_all = quantiles_by(in_order(groups.filter(group="one")), (), shares)
    assert of_all.select(map(name_of, shares)).row(0) == pytest.approx(expected), seed
    weighted = kaplan_meier.quantiles(hours, finished, np.ones(400), shares)
    assert weighted == pytest.approx(expected), seed


def test_a_weight_of_two_counts_as_two_parcels() -> None:
    hours, finished = np.array([1.0, 2, 3, 4]), np.array([True, False, True, True])
    twice = kaplan_meier.quantiles(np.repeat(hours, 2), np.repeat(finished, 2), np.ones(8), SHARES)
    assert kaplan_meier.quantiles(hours, finished, np.full(4, 2.0), SHARES).tolist() == twice.tolist()


def test_what_too_few_have_reached_is_not_said() -> None:
    # Of 40 parcels 20 arrived and 20 are under way for longer: half is known, more is not.
    known = levels(
        pl.concat([parcels([10.0] * 20), parcels([0.0] * 20, arrive=False)]).vstack(parcels([10.0] * 20)),
        AS_OF,
    )
    [market] = known.percentiles.filter(level="market").to_dicts()
    assert (market["parcel_count"], market["finished_count"]) == (60, 40)
    assert market["p50"] == 10
    assert market["p75"] is None


def test_the_finest_level_with_thirty_finished_parcels_answers() -> None:
    for place, (name, keys) in enumerate(LEVELS.items()):
        finer = {key: "else" for level in list(LEVELS.values())[:place] for key in level if key not in keys}
        other = parcels([80.0] * 500, **dict.fromkeys(KEYS, "another"))
        few = pl.concat([other, parcels([float(each) for each in range(1, LEAST + 1)])])
        [found] = answer(question(**finer), levels(few, AS_OF)).to_dicts()
        assert found["level"] == name
        if name != "market":
            assert found["finished_count"] == LEAST
            assert (found["p50"], found["p90"]) == (15, 27)


def test_below_thirty_finished_parcels_there_is_no_answer() -> None:
    few = parcels([20.0] * (LEAST - 1)).vstack(parcels([1.0] * 50, arrive=False))
    [found] = answer(question(), levels(few, AS_OF)).to_dicts()
    assert found["level"] is None
    assert found["p90"] is None


def test_what_arrives_later_is_under_way_and_what_starts_later_is_not_there() -> None:
    early = parcels([24.0] * 40)
    later = pl.concat([parcels([24.0 * 60] * 40), parcels([1.0] * 40, started=AS_OF)])
    [market] = levels(early.vstack(later), AS_OF).percentiles.filter(level="market").to_dicts()
    assert (market["parcel_count"], market["finished_count"]) == (80, 40)
    assert (market["p50"], market["p75"]) == (24, None)


def test_parcels_of_more_than_ninety_days_ago_say_nothing() -> None:
    old = parcels([24.0] * 100, started=AS_OF - timedelta(days=91))
    assert levels(old, AS_OF).percentiles.is_empty()


def test_the_hour_and_the_weekday_move_an_answer_by_what_they_move_the_median() -> None:
    dice = np.random.default_rng(7)
    late, weekend = dice.integers(0, 2, 4000), dice.integers(0, 2, 4000)
    hours = 48 + 12 * late + 24 * weekend + dice.normal(0, 3, 4000)
    rows = parcels(hours.tolist(), started=AS_OF - timedelta(days=60)).with_columns(
        hour=pl.Series(np.where(late, 22, 9)), weekday=pl.Series(np.where(weekend, 6, 2))
    )
    known = levels(rows, AS_OF)
    medians = [
        answer(question().with_columns(hour=pl.lit(hour), weekday=pl.lit(day)), known)["p50"][0]
        for hour in (9, 22)
        for day in (2, 6)
    ]
    assert medians[1] - medians[0] == pytest.approx(24, abs=6)
    assert medians[2] - medians[0] == pytest.approx(12, abs=6)
