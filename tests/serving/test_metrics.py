"""The query layer against plain Polars on the same published tables, under filters drawn anew each run."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import duckdb
import polars as pl
import pytest

from serving.dictionary import UnknownNameError
from serving.period import Period
from serving.published import Conditions, Every, Published

DRAWS = 20
Expected = Callable[[pl.DataFrame], dict[str, Any]]


def share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def gmv(cells: pl.DataFrame) -> dict[str, Any]:
    # A day on which orders of other days were paid, and none was placed, has no GMV of its own.
    paid = float(cells["gmv_paid"].sum()) if cells["gmv_paid"].count() else None
    return {
        "gmv_paid": paid,
        "order_count": cells["order_count"].sum(),
        "gmv_per_paid_order": share(paid or 0, cells["paid_order_count"].sum()),
    }


def parcels(cells: pl.DataFrame) -> dict[str, Any]:
    def ratio(part: str, whole: str) -> float | None:
        return share(cells[part].sum(), cells[whole].sum())

    stages = ("handling", "origin", "linehaul", "destination", "last_mile", "pickup_wait")
    whole_way = sum(int(cells[f"{stage}_stage_seconds"].sum()) for stage in stages)
    return {
        "waybill_count": cells["waybill_count"].sum(),
        "on_time_share": ratio("on_time_count", "promise_due_count"),
        "first_attempt_success_share": ratio("first_attempt_success_count", "attempted_count"),
        "exception_share": ratio("exception_count", "finished_count"),
        "mean_all_stages_hours": share(whole_way / 3600, cells["all_stages_count"].sum()),
    }


def couriers(cells: pl.DataFrame) -> dict[str, Any]:
    counts = cells.group_by("courier_id").agg(pl.col("waybill_count").sum())["waybill_count"]
    total = counts.sum()
    return {
        "waybill_count": total,
        "gmv_paid": float(cells["gmv_paid"].sum()),
        "hhi": 10_000 * float((counts / total).pow(2).sum()) if total else None,
    }


TABLES: dict[str, tuple[str, list[str], dict[str, list[str]], Expected]] = {
    "mart_city_tier_gmv": (
        "calendar_date",
        ["platform_id", "channel", "tier_fixed", "province_id"],
        {"currency": ["CNY"]},
        gmv,
    ),
    "mart_delivery_time": (
        "calendar_date",
        ["platform_id", "courier_id", "channel", "tier_fixed", "service"],
        {"date_basis": ["picked_up"]},
        parcels,
    ),
    "mart_courier_share": (
        "calendar_date",
        ["platform_id", "courier_id", "waybill_system", "tier_fixed", "purpose"],
        {"currency": ["CNY"]},
        couriers,
    ),
}


def draw(
    rng: random.Random,
    cells: pl.DataFrame,
    date_column: str,
    dimensions: list[str],
    fixed: dict[str, list[str]],
) -> dict[str, Any]:
    """Draw filters on up to three dimensions, nulls among their values, and on the date."""
    filters: dict[str, Any] = dict(fixed)
    for name in rng.sample(dimensions, rng.randint(0, 3)):
        values = cells[name].unique(maintain_order=True).to_list()
        filters[name] = rng.sample(values, rng.randint(1, len(values)))
    first = cells[date_column].min()
    assert isinstance(first, date)
    start = first + timedelta(days=rng.randint(0, 400))
    filters[date_column] = Period(start, start + timedelta(days=rng.randint(0, 200)))
    return filters


def kept(cells: pl.DataFrame, filters: dict[str, Any]) -> pl.DataFrame:
    for name, condition in filters.items():
        column = pl.col(name)
        cells = cells.filter(
            column.is_between(condition.first, condition.last)
            if isinstance(condition, Period)
            else column.is_in(condition, nulls_equal=True)
        )
    return cells


def agree(ours: dict[str, Any], theirs: dict[str, Any], filters: dict[str, Any]) -> None:
    assert ours.keys() == theirs.keys()
    for name, value in theirs.items():
        wanted = None if value is None else pytest.approx(value, rel=1e-9)
        assert ours[name] == wanted, (name, filters)


@pytest.mark.parametrize("table", TABLES)
def test_metrics_equal_plain_polars_under_any_filters(table: str, serving: Published) -> None:
    seed = random.SystemRandom().randrange(10**9)
    print(f"seed {seed}")
    rng = random.Random(seed)
    date_column, dimensions, fixed, expected = TABLES[table]
    with duckdb.connect(str(serving.path), read_only=True) as connection:
        cells = connection.table(table).pl()
    filled = 0
    while filled < DRAWS:
        filters = draw(rng, cells, date_column, dimensions, fixed)
        chosen = kept(cells, filters)
        if chosen.is_empty():
            continue
        filled += 1
        by = rng.choice(dimensions)
        names = list(expected(chosen))
        total = serving.metrics(table, names, filters=filters)
        agree(total.row(0, named=True), expected(chosen), filters)
        rows = serving.metrics(table, names, [by], filters).iter_rows(named=True)
        parts = {row.pop(by): row for row in rows}
        groups = {key[0]: expected(group) for key, group in chosen.group_by(by)}
        assert parts.keys() == groups.keys()
        for value, row in parts.items():
            agree(row, groups[value], filters)


def test_a_share_times_what_it_is_of_is_a_whole_count_or_whole_cents(serving: Published) -> None:
    dictionary = serving.dictionary
    shares = [
        metric
        for (table,) in serving.frame("select distinct table_name from data_dictionary").rows()
        for metric in dictionary.metrics(table)
        if metric.unit == "share" and metric.denominator
    ]
    assert len(shares) > 40
    known = 0
    for metric in shares:
        dates = [one.name for one in dictionary.columns(metric.table) if one.name.endswith("_date")][:1]
        by = [
            name
            for name in (*dates, "currency", "date_basis")
            if dictionary.has(metric.table, "column", name)
        ]
        rows = serving.judged(metric.table, [metric.name], by, {}).drop_nulls(metric.name)
        known += len(rows)
        for value, whole in zip(rows[metric.name], rows[f"{metric.name}_of"], strict=True):
            part = value * float(whole) * 100
            assert part == pytest.approx(round(part), abs=1e-3), metric
    assert known > 1_000


@pytest.mark.parametrize(
    "by", [[], ["tier_fixed", "courier_id"], [Every("calendar_date", "month"), "channel"]]
)
def test_metrics_judged_together_are_what_each_is_alone(serving: Published, by: list[str | Every]) -> None:
    names = ["waybill_count", "median_end_to_end_hours", "within_72h_share", "p95_end_to_end_hours"]
    of: Conditions = {"date_basis": ["picked_up"], "currency": ["CNY"]}
    together = serving.judged("mart_delivery_time", names, by, of)
    assert len(together) > 10 or not by
    for name in names:
        alone = serving.judged("mart_delivery_time", [name], by, of)
        assert together.select(alone.columns).equals(alone)


def test_shares_within_each_month_add_up_to_one(serving: Published) -> None:
    by = [Every("calendar_date", "month"), "tier_fixed"]
    shares = serving.shares("mart_city_tier_gmv", "gmv_paid", by, ["calendar_date"], {"currency": ["CNY"]})
    totals = shares.group_by("calendar_date").agg(pl.col("share").sum(), pl.col("gmv_paid").sum())
    assert len(totals) > 12
    assert totals["share"].to_list() == pytest.approx([1.0] * len(totals))


def test_the_tier_1_2_share_is_that_of_three_tiers(serving: Published) -> None:
    currency: Conditions = {"currency": ["CNY"]}
    with duckdb.connect(str(serving.path), read_only=True) as connection:
        cells = connection.table("mart_city_tier_gmv").pl().filter(currency="CNY")
    high = cells.filter(pl.col("tier_fixed").is_in(["tier_1", "new_tier_1", "tier_2"]))
    expected = float(high["gmv_paid"].sum()) / float(cells["gmv_paid"].sum())
    assert serving.metrics(
        "mart_city_tier_gmv", ["tier_1_2_share"], filters=currency
    ).item() == pytest.approx(expected)


def test_a_change_counts_a_side_without_orders_as_nought(serving: Published) -> None:
    june: Conditions = {"calendar_date": Period(date(2019, 6, 1), date(2019, 6, 30)), "currency": ["CNY"]}
    never: Conditions = {"calendar_date": Period(date(2001, 1, 1), date(2001, 1, 2)), "currency": ["CNY"]}
    rise = serving.changes("mart_city_tier_gmv", "gmv_paid", "adcode", june, never)
    fall = serving.changes("mart_city_tier_gmv", "gmv_paid", "adcode", never, june)
    total = serving.metrics("mart_city_tier_gmv", ["gmv_paid"], filters=june).item()
    assert rise["change"].sum() == pytest.approx(total)
    assert fall["change"].sum() == pytest.approx(-total)


def test_a_distribution_holds_every_parcel_that_arrived(serving: Published) -> None:
    picked_up: Conditions = {"date_basis": ["picked_up"]}
    buckets = serving.distribution("mart_delivery_time", "end_to_end_distribution", picked_up)
    with duckdb.connect(str(serving.path), read_only=True) as connection:
        cells = connection.table("mart_delivery_time").pl()
    arrived = cells.filter(date_basis="picked_up")["end_to_end_count"].sum()
    assert buckets["waybill_count"].sum() == arrived
    assert buckets["to_hours"].drop_nulls().is_sorted()


@pytest.mark.parametrize(
    "ask",
    [
        lambda serving: serving.metrics("fct_orders_secret", ["gmv_paid"]),
        lambda serving: serving.metrics("mart_city_tier_gmv", ["sum(1)"]),
        lambda serving: serving.metrics("mart_city_tier_gmv", ["gmv_paid"], ['channel" or 1=1 --']),
        lambda serving: serving.metrics(
            "mart_city_tier_gmv", ["gmv_paid"], filters={"1=1 or channel": ["x"]}
        ),
    ],
)
def test_a_name_that_is_not_published_never_reaches_sql(
    ask: Callable[[Published], Any], serving: Published
) -> None:
    with pytest.raises(UnknownNameError):
        ask(serving)


def test_what_a_reader_types_is_a_value_and_nothing_else(serving: Published) -> None:
    typed = "x') or 1=1 --"
    empty = serving.metrics("mart_city_tier_gmv", ["order_count"], filters={"platform_id": [typed]})
    assert empty.row(0) == (None,)


def test_the_published_file_is_open_for_reading_only(serving: Published) -> None:
    with pytest.raises(duckdb.Error, match="read-only"):
        serving.frame("delete from dim_platforms returning 1")
