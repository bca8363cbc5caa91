"""Parcels of tomorrow: who carries them where couriers have room for so many."""

from itertools import product

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_choice import market

from estimates.choice.allot import allot
from estimates.choice.candidates import learn, usual_couriers
from estimates.choice.parcels import CELL
from estimates.choice.tomorrow import FULL, NO_ROOM, for_tomorrow


def rows(cells: list[list[tuple[float, float]]], counts: list[int]) -> pl.DataFrame:
    """Candidates of cells: the cost and probability of each courier."""
    return pl.DataFrame(
        [
            {"merchant_id": str(cell), "courier_id": f"c{courier}", "cost_amount": cost, "probability": sure,
             "parcel_count": counts[cell]}
            for cell, couriers in enumerate(cells)
            for courier, (cost, sure) in enumerate(couriers)
        ]
    ).with_columns(
        origin_province_id=pl.lit("33"), destination_province_id=pl.lit("44"), weight_band=pl.lit("0-1"),
        is_allowed=True, is_known=True,
    )  # fmt: skip


def room(**counts: int) -> pl.DataFrame:
    return pl.DataFrame({"courier_id": list(counts), "parcel_count": list(counts.values())})


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[list[int]], list[int], list[int]]:
    """Costs by cell and courier, parcels of each cell, room of each courier."""
    couriers = draw(st.integers(1, 3))
    cells = draw(st.integers(1, 3))
    of = st.integers(1, 20)
    costs = draw(st.lists(st.lists(of, min_size=couriers, max_size=couriers), min_size=cells, max_size=cells))
    counts = draw(st.lists(st.integers(1, 3), min_size=cells, max_size=cells))
    space = draw(st.lists(st.integers(0, 4), min_size=couriers, max_size=couriers))
    return costs, counts, space


@settings(max_examples=60, deadline=None)
@given(problems())
def test_as_many_go_as_there_is_room_for_and_the_cheapest_way(
    problem: tuple[list[list[int]], list[int], list[int]],
) -> None:
    costs, counts, space = problem
    # Every way to send each parcel, or to leave it, tried one by one.
    parcels = [cell for cell, count in enumerate(counts) for _ in range(count)]
    ways = product(range(-1, len(space)), repeat=len(parcels))
    best = min(
        (
            sum(courier < 0 for courier in way),
            sum(costs[cell][courier] for cell, courier in zip(parcels, way, strict=True) if courier >= 0),
        )
        for way in ways
        if all(way.count(courier) <= most for courier, most in enumerate(space))
    )
    frame = rows([[(cost, 0.95) for cost in each] for each in costs], counts)
    limits = room(**{f"c{courier}": most for courier, most in enumerate(space)})
    found = allot(frame, [*CELL], limits)
    paid = found.join(frame, on=[*CELL, "courier_id"]).select(
        (pl.col("cost_amount") * pl.col("taken_count")).sum()
    )
    assert (sum(counts) - found["taken_count"].sum(), paid.item()) == best


def test_a_courier_in_time_comes_before_a_cheaper_one_that_is_not() -> None:
    frame = rows([[(1.0, 0.6), (9.0, 0.92)]], [5])
    found = allot(frame, [*CELL], room(c1=3))
    assert dict(found.select("courier_id", "taken_count").iter_rows()) == {"c1": 3, "c0": 2}


def asked(**values: object) -> pl.DataFrame:
    shape = {"merchant_id": "m00", "origin_province_id": "33", "destination_province_id": "40",
             "kilogram_count": 1, "promised_hours": 96.0}  # fmt: skip
    return pl.DataFrame([shape | values])


def test_each_parcel_is_answered_in_its_place_by_its_own_promise() -> None:
    before = market(1)
    known, allowed = learn(before), usual_couriers(before)
    parcels = pl.concat(
        [asked(), asked(promised_hours=20.0), asked(merchant_id="nobody"), asked(promised_hours=None)]
    )
    found = for_tomorrow(parcels, allowed, known)
    assert found["courier_id"].to_list() == ["cheap", "dear", None, "cheap"]
    assert found["reason"].to_list() == ["cheapest_in_time", "surest", "not_known", "cheapest_in_time"]
    assert found["next_courier_id"][0] == "middle"
    assert found["cost_amount"][0] == pytest.approx(3.0, rel=0.05)
    # In the market of 50 hours and a spread of a quarter, 96 hours are kept by nearly all.
    assert found["probability"][0] > 0.97


def test_a_full_courier_passes_its_parcels_on_and_says_so() -> None:
    before = market(1)
    known, allowed = learn(before), usual_couriers(before)
    parcels = pl.concat([asked()] * 5)
    few = room(cheap=2, middle=1, dear=0, slow=0)
    found = for_tomorrow(parcels, allowed, known, capacity=few)
    assert found["courier_id"].to_list() == ["cheap", "cheap", "middle", None, None]
    assert found["reason"].to_list() == ["cheapest_in_time"] * 2 + [FULL] + [NO_ROOM] * 2
