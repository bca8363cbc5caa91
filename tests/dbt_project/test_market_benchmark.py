"""A merchant is told the market where the rule allows it, and can work out nothing that is hidden."""

import random
from collections.abc import Sequence
from typing import Any

import duckdb
import polars as pl
import pytest
from market_attacker import both, known, named, others_of
from market_told import FACTS, FLOORS, KEYS, Table, floor_of, median_hours, tables
from published_reports import Published


@pytest.fixture(scope="module")
def facts(published: Published) -> pl.DataFrame:
    with duckdb.connect(str(published.settings.warehouse), read_only=True) as connection:
        return connection.sql(FACTS).pl()


@pytest.fixture(scope="module")
def every_table(facts: pl.DataFrame) -> list[Table]:
    return list(tables(facts))


COLUMNS = {
    "on_time": "market_on_time_share",
    "shipped_on_time": "market_shipped_on_time_share",
    "first_scan": "market_first_scan_within_24h_share",
}


def told(every_table: Sequence[Table]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """What is told, by breakdown, platform, month and the cell's key."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for table in every_table:
        for key, parcels in table.shown.items():
            row = found.setdefault((table.breakdown, table.platform_id, table.month, *key), {})
            share = round(parcels["is_met"].mean(), 3)
            if table.figure == "end_to_end":
                row |= {
                    "market_median_end_to_end_hours": median_hours(parcels),
                    "market_within_72h_share": share,
                }
            else:
                row[COLUMNS[table.figure]] = share
            least = row.get("benchmark_waybill_floor", FLOORS[-1])
            row["benchmark_waybill_floor"] = min(least, floor_of(len(parcels)))
    return found


def test_the_mart_tells_what_plain_counting_does(published: Published, every_table: list[Table]) -> None:
    expected = told(every_table)
    assert {key[0] for key in expected} >= {"platform", "courier"}
    rows = published.connection.sql("from mart_market_benchmark").pl()
    found = {
        (
            row["breakdown"],
            row["platform_id"],
            row["month_date"],
            *(row[k] for k in KEYS[row["breakdown"]]),
        ): row
        for row in rows.iter_rows(named=True)
    }
    assert found.keys() == expected.keys()
    for key, row in expected.items():
        for name in [*COLUMNS.values(), "market_within_72h_share"]:
            # What lies between two roundings may be rounded to either.
            assert found[key][name] == pytest.approx(row.get(name), abs=0.0011), (key, name)
        hours = "market_median_end_to_end_hours"
        assert found[key][hours] == pytest.approx(row.get(hours), abs=0.11), key
        assert found[key]["benchmark_waybill_floor"] == row["benchmark_waybill_floor"]


def test_whoever_asks_there_are_five_others_ten_consumers_and_none_above_half(
    every_table: list[Table],
) -> None:
    shown = [parcels for table in every_table for parcels in table.shown.values()]
    assert len(shown) > 100
    for parcels in random.Random(17).sample(shown, 60):
        for asking in [None, *parcels["merchant_id"].value_counts(sort=True)["merchant_id"].head(5)]:
            others = parcels.filter(pl.col("merchant_id") != asking) if asking else parcels
            sizes = others["merchant_id"].value_counts()["count"]
            assert len(sizes) >= 5
            assert sizes.max() <= len(others) / 2  # type: ignore[operator]
            assert others["consumer_id"].drop_nulls().n_unique() >= 10


def test_what_is_hidden_keeps_the_rule_whoever_takes_its_own_away(every_table: list[Table]) -> None:
    partly = [table for table in every_table if 0 < len(table.shown) < len(table.cells)]
    assert len(partly) > 10
    for table in partly:
        hidden = table.hidden(table.shown)
        for asking in [None, *hidden["merchant_id"].value_counts(sort=True)["merchant_id"].head(5)]:
            others = hidden.filter(pl.col("merchant_id") != asking) if asking else hidden
            sizes = others["merchant_id"].value_counts()["count"]
            assert len(sizes) >= 5
            assert sizes.max() <= len(others) / 2  # type: ignore[operator]
            assert others["consumer_id"].drop_nulls().n_unique() >= 10


@pytest.mark.parametrize("platform_id", ["pinduoduo", "taobao", "jd"])
def test_no_others_number_is_known_to_a_fifth_even_where_counts_are_known_from_elsewhere(
    platform_id: str, every_table: list[Table]
) -> None:
    draw = random.Random(17)
    own_tables = [table for table in every_table if table.platform_id == platform_id]
    months = sorted({table.month for table in own_tables})
    sizes = pl.concat([table.parcels for table in own_tables])["merchant_id"].value_counts(sort=True)
    tried = 0
    for asking in [sizes["merchant_id"][0], draw.choice(sizes["merchant_id"].to_list())]:
        for figure in KEYS_OF_FIGURES:
            # Two months at once: what one says may help with the other.
            for two in zip(months[-5:-1:2], months[-4::2], strict=True):
                given = [t for t in own_tables if t.figure == figure and t.month in two]
                program = known(given, asking, counted=True)
                for terms, value in targets(given, asking):
                    tried += 1
                    assert not program.narrows(terms, value), (asking, figure, terms, value)
    assert tried > 50


KEYS_OF_FIGURES = ["end_to_end", "on_time", "shipped_on_time", "first_scan"]


def targets(given: Sequence[Table], asking: str) -> list[tuple[Any, float]]:
    """What gives the largest other merchant away: all others of a told cell, or of what is hidden.

    They are found by what is told and the attacker's own; where one of them is most of it, so is that one.
    """
    wanted: list[tuple[Any, float]] = []
    for table in given:
        rest = ("rest", table.breakdown, None, table.month)
        cells = {named(table, key): parcels for key, parcels in table.shown.items()}
        if table.breakdown != "platform":
            cells[rest] = table.hidden(table.shown)
        for cell, parcels in cells.items():
            by_merchant = others_of(parcels, asking)[1].group_by("merchant_id")
            largest = by_merchant.agg(pl.len().alias("B"), pl.col("is_met").sum().alias("A")).max()
            if largest["B"].item():
                wanted += [({(kind, cell): 1}, largest[kind].item()) for kind in ("A", "B")]
    return [(terms, value) for terms, value in wanted if value]


@pytest.mark.parametrize("platform_id", ["pinduoduo", "taobao", "jd"])
def test_two_builds_do_not_tell_what_one_merchant_sent_between_them(
    platform_id: str, facts: pl.DataFrame
) -> None:
    draw = random.Random(17)
    now = facts.filter(platform_id=platform_id)
    month = max(table.month for table in tables(now) if table.figure == "end_to_end")
    now = now.filter(pl.col("picked_up_date").dt.month_start() == month)
    sizes = now["merchant_id"].value_counts(sort=True)["merchant_id"].to_list()
    asking, tried = sizes[1], 0
    for late in [sizes[0], *draw.sample(sizes[2:], 3)]:
        # The first build had none of its parcels of the month; all else is the same, and known so.
        builds = [[*tables(now.filter(pl.col("merchant_id") != late))], [*tables(now)]]
        for figure in ("end_to_end", "on_time"):
            pair = [[table for table in build if table.figure == figure] for build in builds]
            program = both(*(known(pair[build - 1], asking, build) for build in (1, 2)))
            exact = both(*(known(pair[build - 1], asking, build, counted=True) for build in (1, 2)))
            sent = next(t for t in pair[1] if t.breakdown == "platform").parcels.filter(merchant_id=late)
            whole = {build: ("whole", build, month) for build in (1, 2)}
            came = {("B", whole[2]): 1.0, ("B", whole[1]): -1.0}
            met = {("A", whole[2]): 1.0, ("A", whole[1]): -1.0}
            program.at_most({name: -of for name, of in met.items()}, 0)
            program.at_most({**met, **{name: -of for name, of in came.items()}}, 0)
            tried += len(sent) > 0
            if len(sent):
                assert not program.narrows(came, len(sent)), (late, figure)
                assert exact.narrows(came, len(sent)), "given counts, the programme would not find it either"
            if sent["is_met"].any():
                assert not program.narrows(met, int(sent["is_met"].sum())), (late, figure)
    assert tried > 4
