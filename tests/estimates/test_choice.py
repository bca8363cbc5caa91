"""Choice of couriers in markets made by hand, where what each courier would have cost is known."""

from functools import cache

import numpy as np
import polars as pl
import pytest

from estimates.choice.assign import Assignment, assign, assign_each, moved
from estimates.choice.candidates import Known, candidates, learn, usual_couriers
from estimates.choice.levels import fit_levels
from estimates.choice.parcels import CELL, with_band
from estimates.choice.prices import OFFER
from estimates.choice.propensities import propensities
from estimates.choice.recommend import REASONS, recommend
from estimates.choice.saving import STATES, Saving, estimate_saving, judge_market

#: What a first kilogram costs and how many hours are usual.
PRICES = {"cheap": 3.0, "middle": 4.0, "dear": 9.0, "slow": 2.0}
HOURS = {"cheap": 50.0, "middle": 50.0, "dear": 30.0, "slow": 110.0}
PROMISE = 96.0


def market(seed: int, count: int = 4000) -> pl.DataFrame:
    """Parcels of merchants that prefer one courier each; heavy ones go with the dear courier more often."""
    dice = np.random.default_rng(seed)
    merchant = dice.integers(0, 20, count)
    destination = dice.integers(0, 5, count)
    kilograms = 1 + dice.poisson(0.6, count)
    names = list(PRICES)
    chances = np.full((count, 4), 0.15)
    chances[np.arange(count), merchant % 4] += 0.4
    chances[:, 2] += np.where(kilograms > 1, 0.4, 0)
    chances /= chances.sum(axis=1)[:, None]
    courier = (chances.cumsum(axis=1) < dice.random(count)[:, None]).sum(axis=1)
    hours = np.array(list(HOURS.values()))[courier] * np.exp(dice.normal(0, 0.25, count))
    return with_band(
        pl.DataFrame(
            {
                "merchant_id": [f"m{each:02}" for each in merchant],
                "courier_id": [names[each] for each in courier],
                "origin_province_id": "33",
                "destination_province_id": [f"4{each}" for each in destination],
                "kilogram_count": kilograms,
                "hours": hours,
                "promised_hours": PROMISE,
            }
        ).with_columns(
            pl.Series("cost_amount", true_costs([names[each] for each in courier], destination, kilograms))
        )
    )


def true_costs(couriers: list[str], destination: np.ndarray, kilograms: np.ndarray) -> np.ndarray:
    first = np.array([PRICES[each] for each in couriers])
    return np.asarray(first * (1 + 0.1 * destination) * (1 + 0.3 * (kilograms - 1)))


def true_cost_after(parcels: pl.DataFrame) -> float:
    couriers = parcels.select(pl.coalesce("to_courier_id", "courier_id")).to_series().to_list()
    place = parcels["destination_province_id"].str.tail(1).cast(pl.Int64).to_numpy()
    return float(true_costs(couriers, place, parcels["kilogram_count"].to_numpy()).sum())


@cache
def judged(seed: int) -> tuple[Known, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    before, now = market(seed), market(seed + 1000, 2000)
    known = learn(before)
    return known, before, now, candidates(now, usual_couriers(before), known)


def volumes(parcels: pl.DataFrame) -> pl.DataFrame:
    return parcels.group_by("courier_id").agg(parcel_count=pl.len())


@pytest.mark.parametrize("seed", range(3))
def test_the_cheapest_courier_that_comes_in_time_is_recommended(seed: int) -> None:
    *_, rows = judged(seed)
    assert set(recommend(rows)["reason"]) <= set(REASONS)
    found = recommend(rows.filter(pl.col("weight_band") == "0-1"))
    assert set(found["courier_id"]) == {"cheap"}
    assert set(found["next_courier_id"]) == {"middle"}
    assert (found["probability"] > 0.9).all()
    # The slow one is cheaper and comes within the promise by 0.29: exp(N(0, 0.25)) × 110 h ≤ 96 h.
    slow = rows.filter(pl.col("courier_id") == "slow")["probability"].mean()
    assert slow == pytest.approx(0.293, abs=0.03)


def test_where_no_courier_comes_in_time_the_surest_is_recommended_and_it_says_so() -> None:
    *_, rows = judged(1)
    found = recommend(rows.filter(pl.col("courier_id") == "slow"))
    assert set(found["reason"]) == {"surest"}


def test_a_courier_that_may_not_be_used_is_not_recommended() -> None:
    known, before, now, _ = judged(1)
    allowed = usual_couriers(before).filter(pl.col("courier_id") != "cheap")
    assert "cheap" not in recommend(candidates(now, allowed, known))["courier_id"]


def test_without_a_promise_nothing_is_recommended_and_it_says_so() -> None:
    before = market(1).with_columns(promised_hours=pl.lit(None, pl.Float64))
    rows = candidates(before, usual_couriers(before), learn(before))
    found = recommend(rows)
    assert set(found["reason"]) == {"no_promise"}
    assert found["courier_id"].null_count() == len(found)


def moves(rows: pl.DataFrame, now: pl.DataFrame, share: float) -> tuple[Assignment, pl.DataFrame]:
    found = assign(rows, volumes(now), moved_share=share)
    return found, moved(now, found.counts)


@pytest.mark.parametrize("share", [0.02, 0.05, 0.3, 1.0])
def test_no_courier_takes_or_loses_more_than_it_may_and_no_cell_loses_a_parcel(share: float) -> None:
    _, _, now, rows = judged(2)
    found, after = moves(rows, now, share)
    volume = dict(volumes(now).iter_rows())
    for courier, taken, left in (
        found.counts.group_by("courier_id")
        .agg(pl.col("taken_count").sum(), pl.col("left_count").sum())
        .iter_rows()
    ):
        assert max(taken, left) <= share * volume[courier] + 1e-9
    cells = found.counts.group_by(CELL).agg(pl.col("taken_count").sum(), pl.col("left_count").sum())
    assert (cells["taken_count"] == cells["left_count"]).all()
    assert after["to_courier_id"].count() == found.counts["taken_count"].sum() > 0
    # A few parcels are rounded, one or two for each limit.
    assert abs(found.rounding_loss_amount) < 10 * 2 * len(volume)


@pytest.mark.parametrize("share", [0.05, 0.3, 1.0])
def test_the_best_of_some_cells_joined_by_others_is_the_best_of_all(
    share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, now, rows = judged(3)
    at_once = assign(rows, volumes(now), moved_share=share)
    monkeypatch.setattr("estimates.choice.assign._FEW_CELLS", 2)
    joined = assign(rows, volumes(now), moved_share=share)
    assert at_once.counts["taken_count"].sum() > 0
    assert joined.saved_amount + joined.rounding_loss_amount == pytest.approx(
        at_once.saved_amount + at_once.rounding_loss_amount
    )


def test_each_merchant_alone_moves_what_it_moves_where_there_is_no_other() -> None:
    _, _, now, rows = judged(3)
    every = assign_each(rows, volumes(now))
    assert set(every) == set(rows["merchant_id"])
    for merchant, found in every.items():
        alone = assign(rows.filter(merchant_id=merchant), volumes(now))
        assert found.saved_amount == pytest.approx(alone.saved_amount)
        assert found.rounding_loss_amount == pytest.approx(alone.rounding_loss_amount)
        assert found.moved_share == pytest.approx(alone.moved_share)
    assert sum(len(found.counts) for found in every.values()) > 0


def test_capacity_is_kept() -> None:
    _, _, now, rows = judged(2)
    room = pl.DataFrame({"courier_id": ["cheap"], "parcel_count": [7]})
    found = assign(rows, volumes(now), moved_share=1.0, capacity=room)
    assert found.counts.filter(pl.col("courier_id") == "cheap")["taken_count"].sum() <= 7


def test_an_assignment_is_the_best_by_hand() -> None:
    # Three parcels with "a" at 5; "b" takes two of them at 2 in one cell or 4 in the other: 3 + 3 saved.
    shape = {"origin_province_id": "33", "destination_province_id": "44", "weight_band": "0-1",
             "promised_hours": 96.0, "is_allowed": True, "is_known": True}  # fmt: skip
    rows = pl.DataFrame(
        [
            {
                "merchant_id": "m",
                "courier_id": "a",
                "cost_amount": 5.0,
                "parcel_count": 2,
                "carried_count": 2,
            },
            {
                "merchant_id": "m",
                "courier_id": "b",
                "cost_amount": 2.0,
                "parcel_count": 2,
                "carried_count": 0,
            },
            {
                "merchant_id": "n",
                "courier_id": "a",
                "cost_amount": 5.0,
                "parcel_count": 1,
                "carried_count": 1,
            },
            {
                "merchant_id": "n",
                "courier_id": "b",
                "cost_amount": 4.0,
                "parcel_count": 1,
                "carried_count": 0,
            },
        ]
    ).with_columns(**{name: pl.lit(value) for name, value in shape.items()})
    rows = rows.with_columns(probability=pl.when(pl.col("courier_id") == "b").then(0.97).otherwise(0.95))
    room = pl.DataFrame({"courier_id": ["b"], "parcel_count": [2]})
    every = pl.DataFrame({"courier_id": ["a", "b"], "parcel_count": [100, 100]})
    found = assign(rows, every, capacity=room)
    assert found.saved_amount == pytest.approx(6.0)
    assert found.counts.filter(pl.col("taken_count") > 0).select("merchant_id", "taken_count").rows() == [
        ("m", 2)
    ]


def test_no_more_parcels_are_late_than_may_be() -> None:
    shape = {"merchant_id": "m", "origin_province_id": "33", "destination_province_id": "44",
             "weight_band": "0-1", "promised_hours": 96.0, "is_allowed": True, "is_known": True,
             "parcel_count": 100}  # fmt: skip
    rows = pl.DataFrame(
        {
            "courier_id": ["a", "b"],
            "cost_amount": [5.0, 2.0],
            "carried_count": [100, 0],
            "probability": [0.99, 0.91],
        }
    ).with_columns(**{name: pl.lit(value) for name, value in shape.items()})
    every = pl.DataFrame({"courier_id": ["a", "b"], "parcel_count": [1000, 1000]})
    moving = [
        assign(rows, every, moved_share=1.0, margin=0.01, later_share=later).counts["taken_count"].sum()
        for later in (0.0, 0.02, 1.0)
    ]
    # Each parcel that moves is late with nine points more: two points of a hundred parcels are two.
    assert moving == [0, 22, 100]


def saving(seed: int) -> tuple[Saving, float, pl.DataFrame]:
    known, before, now, rows = judged(seed)
    should = recommend(rows).select(*CELL, recommended_courier_id="courier_id")
    now = now.join(should, on=CELL, how="left", maintain_order="left")
    found, after = moves(rows, now, 1.0)
    chances = propensities(before, usual_couriers(before), now)
    estimated = estimate_saving(
        after, judge_market(now, chances, known.prices), chances, moved_share=found.moved_share
    )
    return estimated, float(now["cost_amount"].sum()) - true_cost_after(after), after


@pytest.mark.parametrize("seed", range(5))
def test_what_is_said_to_be_saved_is_what_is_saved_and_the_difference_of_means_is_not(seed: int) -> None:
    found, truth, _ = saving(seed)
    assert found.doubly_robust.amount == pytest.approx(truth, rel=0.03)
    assert abs(found.naive_amount - truth) > 3 * abs(found.doubly_robust.amount - truth)
    assert abs(found.self_normalised.amount - truth) < 0.25 * truth
    assert found.state == "scenario"


def test_a_few_parcels_are_claimed_and_many_are_a_scenario() -> None:
    known, before, now, rows = judged(3)
    now = now.join(
        recommend(rows).select(*CELL, recommended_courier_id="courier_id"), on=CELL, maintain_order="left"
    )
    chances = propensities(before, usual_couriers(before), now)
    states = []
    for share in (0.05, 0.2):
        found, after = moves(rows, now, share)
        states.append(
            estimate_saving(
                after, judge_market(now, chances, known.prices), chances, moved_share=found.moved_share
            ).state
        )
    assert states == ["claimed", "scenario"]
    assert set(states) < set(STATES)


def test_where_a_courier_never_carried_such_parcels_nothing_is_claimed() -> None:
    known, before, now, rows = judged(4)
    now = now.join(
        recommend(rows).select(*CELL, recommended_courier_id="courier_id"), on=CELL, maintain_order="left"
    ).with_columns(to_courier_id=pl.lit("newcomer"))
    chances = propensities(before, usual_couriers(before), now)
    found = estimate_saving(now, judge_market(now, chances, known.prices), chances, moved_share=0.01)
    assert found.state == "cannot_say"
    assert found.unknown_count == len(now)


def with_new_courier() -> tuple[pl.DataFrame, pl.DataFrame]:
    """A market in which a courier carried forty parcels, and what its card asks: one yuan."""
    before = market(5)
    few = before.head(40).with_columns(courier_id=pl.lit("new"), cost_amount=pl.lit(None, pl.Float64))
    before = pl.concat([before, few])
    asked = pl.concat([before, market(1005, 500)]).select(*OFFER)
    offers = asked.with_columns(courier_id=pl.lit("new"), card_amount=1.0).unique()
    return before, offers


def test_a_rate_card_says_what_a_courier_asks_that_never_billed() -> None:
    before, offers = with_new_courier()
    known = learn(before, offers)
    now = market(1005, 500)
    rows = candidates(now, offers.select("merchant_id", "courier_id"), known)
    offered = rows.filter(pl.col("courier_id") == "new")
    assert set(offered["cost_amount"]) == {1.0}
    assert set(offered["cost_error_share"]) == {0.0}
    assert offered["is_known"].all()
    # Without the card nothing was ever billed.
    without = candidates(now, offers.select("merchant_id", "courier_id"), learn(before))
    assert not without.filter(pl.col("courier_id") == "new")["is_known"].any()


def test_a_courier_that_was_hardly_ever_timed_is_not_known_whatever_its_card_says() -> None:
    before, offers = with_new_courier()
    before = before.filter(pl.col("courier_id") != "new")
    rows = candidates(market(1005, 500), offers.select("merchant_id", "courier_id"), learn(before, offers))
    assert not rows.filter(pl.col("courier_id") == "new")["is_known"].any()


def test_what_cards_ask_is_saved_to_the_fen() -> None:
    before, offers = with_new_courier()
    now = market(1005, 500).with_columns(recommended_courier_id=pl.lit("new"), to_courier_id=pl.lit("new"))
    prices = learn(before, offers).prices
    chances = propensities(before, offers.select("merchant_id", "courier_id"), now)
    found = estimate_saving(now, judge_market(now, chances, prices), chances, moved_share=0.01)
    assert (found.state, found.unknown_count) == ("claimed", 0)
    saved = float(now["cost_amount"].sum()) - len(now)
    assert found.doubly_robust.amount == pytest.approx(saved)
    assert found.doubly_robust.high - found.doubly_robust.low == pytest.approx(0)


def test_thin_groups_lean_on_coarser_ones_and_large_ones_do_not() -> None:
    dice = np.random.default_rng(7)
    sizes = [2] * 40 + [400] * 10
    means = dice.normal(0, 1, len(sizes))
    rows = pl.DataFrame(
        {"group": [str(g) for g, size in enumerate(sizes) for _ in range(size)]}
    ).with_columns(pl.Series("value", np.repeat(means, sizes) + dice.normal(0, 3, sum(sizes))))
    [level] = fit_levels(rows, "value", [("group",)]).levels
    weight = dict(level.groups.select("group", "weight").iter_rows())
    # n / (n + 9) with variances 9 within and 1 between.
    assert weight["0"] == pytest.approx(2 / 11, abs=0.12)
    assert weight["45"] == pytest.approx(400 / 409, abs=0.03)
