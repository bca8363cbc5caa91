"""On random tables: what the benchmark hides is not had by subtraction, nor by holding two months together.

The macro's own SQL decides what is told. What is worked out of it is counted from the parcels.
"""

from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st
from market_attacker import both, known
from market_told import Table

MACRO = Path(__file__).parents[2] / "dbt_project" / "macros" / "benchmarks" / "shown_cells.sql"
SCHEMA = {
    "table_id": pl.String,
    "courier_id": pl.String,
    "merchant_id": pl.String,
    "consumer_id": pl.String,
    "is_met": pl.Boolean,
}
#: A table by courier (None: unknown) and merchant: parcels, their consumers, and those that met the figure.
Parcels = dict[tuple[str | None, str], tuple[int, int, int]]

MERCHANTS = [f"merchant {number}" for number in range(12)]
COURIERS = [None, "sf", "sto", "yto", "yunda", "zto"]
FIRST = date(2019, 3, 1)


@cache
def query(cell: str) -> str:
    """What the macro makes of the relation ``parcels``."""
    module: Any = jinja2.Environment().from_string(MACRO.read_text()).make_module()
    return str(module.shown_cells("parcels", ["table_id"], [cell]))


def frame(table: Parcels) -> pl.DataFrame:
    rows = [
        ("all", courier, merchant, f"{merchant} {number % consumers}", number < met)
        for (courier, merchant), (count, consumers, met) in table.items()
        for number in range(count)
    ]
    return pl.DataFrame(rows, SCHEMA, orient="row")


def told(parcels: pl.DataFrame, breakdown: str) -> Table:
    """The table with those cells as told that the macro tells."""
    table = Table("on_time", breakdown, "a platform", FIRST, parcels)
    cell = "courier_id" if breakdown == "courier" else "whole"
    with duckdb.connect() as connection:
        connection.register("parcels", parcels.with_columns(whole=pl.lit("")))
        found = connection.sql(query(cell)).pl()
    keys = [() if breakdown == "platform" else (key,) for key in found[cell]]
    table.__dict__["shown"] = {key: table.cells[key] for key in keys}
    return table


def a_table() -> st.SearchStrategy[Parcels]:
    """Few merchants large and most small, as on a platform; a courier that one of them fills is common."""
    count = st.sampled_from([0, 0, 1, 2, 4, 6, 8, 10, 40, 200])
    cell = st.builds(
        lambda count, consumers, met: (count, min(count, consumers), min(count, met)),
        count,
        st.sampled_from([1, 2, 5, 1000]),
        st.integers(0, 200),
    )
    whole = st.lists(cell, min_size=len(MERCHANTS) * len(COURIERS), max_size=len(MERCHANTS) * len(COURIERS))
    names = [(courier, merchant) for courier in COURIERS for merchant in MERCHANTS]
    return whole.map(lambda cells: {n: c for n, c in zip(names, cells, strict=True) if c[0]}).filter(bool)


def even(courier: str | None, each: int, merchants: Sequence[str] = MERCHANTS[:8]) -> Parcels:
    return {(courier, merchant): (each, each, each // 2) for merchant in merchants}


#: One merchant fills one courier; the smallest courier that may be told does not outweigh it.
ONE_FILLS_A_COURIER = (
    {("sf", MERCHANTS[0]): (300, 300, 9)} | even("sto", 5) | even("yto", 30) | even("zto", 100)
)
#: The same of parcels whose courier nobody knows.
ONE_IS_WITHOUT_COURIER = (
    {(None, MERCHANTS[0]): (300, 300, 9)} | even("sto", 5) | even("yto", 60) | even("zto", 100)
)
#: Two large ones share a courier, and each knows its own part.
TWO_FILL_A_COURIER = {("sf", m): (200, 200, 9) for m in MERCHANTS[:2]} | even("sto", 5) | even("yto", 60)
#: Many parcels, and hardly a consumer.
FEW_CONSUMERS = {("sf", m): (50, 1, 9) for m in MERCHANTS[:7]} | even("sto", 5) | even("yto", 60)


@settings(max_examples=150, deadline=None)
@example(ONE_FILLS_A_COURIER)
@example(ONE_IS_WITHOUT_COURIER)
@example(TWO_FILL_A_COURIER)
@example(FEW_CONSUMERS)
@given(a_table())
def test_the_total_less_what_is_told_and_ones_own_is_of_many(table: Parcels) -> None:
    parcels = frame(table)
    by_courier = told(parcels, "courier")
    hidden = by_courier.hidden(by_courier.shown)
    if hidden.is_empty() or not by_courier.shown:
        return
    for asking in [None, *MERCHANTS]:
        others = hidden.filter(pl.col("merchant_id") != asking) if asking else hidden
        assert others["consumer_id"].n_unique() >= 10, asking
        assert others["merchant_id"].n_unique() >= 5, asking
        largest = others["merchant_id"].value_counts()["count"].max()
        assert largest <= len(others) / 2, asking  # type: ignore[operator]


@settings(max_examples=100, deadline=None)
@example(ONE_FILLS_A_COURIER)
@given(a_table())
def test_what_is_told_is_the_most_that_hiding_from_the_smallest_on_allows(table: Parcels) -> None:
    parcels = frame(table)
    plain = Table("on_time", "courier", "a platform", FIRST, parcels)
    assert told(parcels, "courier").shown.keys() == plain.shown.keys()


def test_of_a_platform_where_no_courier_need_be_hidden_all_are_told() -> None:
    table = told(frame(even("sf", 10) | even("sto", 20) | even("zto", 30)), "courier")
    assert table.shown.keys() == {("sf",), ("sto",), ("zto",)}


def test_a_courier_that_one_merchant_fills_takes_along_the_smallest_until_that_one_has_a_third() -> None:
    others = MERCHANTS[1:8]
    table = {("sf", MERCHANTS[0]): (300, 300, 9)} | even("sto", 5) | even("zto", 200, others)
    # Of 300 + 40 it has 305; with 7 × 82 of 914, more than a third; with 7 × 83 of 921, no more.
    assert told(frame(table | even("yto", 82, others)), "courier").shown.keys() == set()
    assert told(frame(table | even("yto", 83, others)), "courier").shown.keys() == {("zto",)}


def test_the_programme_finds_who_is_most_of_what_is_hidden_but_not_behind_the_macro() -> None:
    parcels, rest = frame(ONE_FILLS_A_COURIER), ("rest", "courier", None, FIRST)
    whole, by_courier = told(parcels, "platform"), told(parcels, "courier")
    sent = parcels.filter(pl.col("courier_id").is_in(["sf", "sto"]), merchant_id=MERCHANTS[0])
    asked = {("B", rest): 1.0}
    assert whole.shown
    assert not known([whole, by_courier], MERCHANTS[5], counted=True).narrows(asked, len(sent))
    # One more cell is hidden, the smallest, and no others.
    by_courier.__dict__["shown"] = {key: by_courier.cells[key] for key in [("yto",), ("zto",)]}
    assert known([whole, by_courier], MERCHANTS[5], counted=True).narrows(asked, len(sent))


@settings(max_examples=40, deadline=None)
@example(even("sf", 10) | even("zto", 30) | even("yto", 5), 0, 1)
@given(a_table(), st.integers(0, len(MERCHANTS) - 1), st.integers(0, len(MERCHANTS) - 1))
def test_two_months_held_together_do_not_tell_what_one_added(table: Parcels, who: int, by: int) -> None:
    late, asking = MERCHANTS[who], MERCHANTS[by]
    second = frame(table)
    sent = second.filter(merchant_id=late)
    if who == by or sent.is_empty():
        return
    # All others send the same again, and the attacker knows it: what differs is that one's.
    months = [second.filter(pl.col("merchant_id") != late), second]
    pairs = [[told(parcels, breakdown) for breakdown in ("platform", "courier")] for parcels in months]
    program = both(*(known(pair, asking, build) for build, pair in enumerate(pairs)))
    whole = [("whole", build, FIRST) for build in (0, 1)]
    for kind, count in {"B": len(sent), "A": int(sent["is_met"].sum())}.items():
        program.at_most({(kind, whole[0]): 1, (kind, whole[1]): -1}, 0)
        if count:
            assert not program.narrows({(kind, whole[1]): 1, (kind, whole[0]): -1}, count), kind
