"""Changes of the published market, split: they add up under any filters, and agree with plain SQL."""

import math
from datetime import date, timedelta

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from serving.period import Period
from serving.published import Condition, Published
from serving.why.change import explain_change
from serving.why.factors import explain_gmv
from serving.why.terms import terms
from warehouse.settings import Settings

#: Table → its date, what narrows it always, and by what it is split and filtered.
TABLES: dict[str, tuple[str, dict[str, Condition], list[str]]] = {
    "mart_city_tier_gmv": (
        "calendar_date",
        {"currency": ["CNY"]},
        ["platform_id", "channel", "tier_fixed", "province_id"],
    ),
    "mart_delivery_time": (
        "calendar_date",
        {"date_basis": ["picked_up"]},
        ["platform_id", "courier_id", "channel", "tier_fixed", "service"],
    ),
    "mart_courier_share": (
        "calendar_date",
        {"currency": ["CNY"]},
        ["platform_id", "courier_id", "waybill_system", "tier_fixed", "purpose"],
    ),
    "mart_lane_time": ("month_date", {}, ["platform_id", "courier_id", "destination_province_id"]),
}
MAY, JUNE = Period(date(2019, 5, 1), date(2019, 5, 31)), Period(date(2019, 6, 1), date(2019, 6, 30))
PICKED_UP: dict[str, Condition] = {"date_basis": ["picked_up"]}


def splittable(serving: Published, table: str) -> list[str]:
    metrics = [
        entry
        for entry in serving.dictionary.metrics(table)
        if entry.unit not in ("flag", "distribution", "text")
    ]
    return [entry.name for entry in metrics if terms(serving, entry)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_parts_of_any_metric_add_up_to_its_change_under_any_filters_and_periods(
    data: st.DataObject, serving: Published
) -> None:
    table = data.draw(st.sampled_from(sorted(TABLES)))
    column, fixed, dimensions = TABLES[table]
    name = data.draw(st.sampled_from(splittable(serving, table)))
    by = data.draw(st.sampled_from(dimensions))
    conditions = dict(fixed)
    for filtered in data.draw(st.lists(st.sampled_from(dimensions), max_size=2, unique=True)):
        values = [*serving.values(table, filtered), None]
        chosen = data.draw(st.lists(st.sampled_from(values), min_size=1, unique=True))
        conditions[filtered] = chosen
    first = date(2018, 6, 1) + timedelta(days=data.draw(st.integers(0, 300)))
    length = timedelta(days=data.draw(st.integers(0, 120)))
    before = Period(first, first + length)
    later = first + timedelta(days=data.draw(st.integers(1, 200)))
    now = Period(later, later + length)
    sides = [{**conditions, column: period} for period in (now, before)]
    values = [serving.metrics(table, [name], filters=side).item() for side in sides]
    change = explain_change(serving, table, name, by, *sides)
    assume(None not in values)
    assert change is not None
    total, scale = float(change.parts["effect"].sum()), max(1.0, abs(change.now), abs(change.before))
    assert math.isclose(total, change.now - change.before, rel_tol=1e-9, abs_tol=1e-9 * scale)
    if change.slower_than is None:
        # The tile shows whole grams.
        rounded = 0.5 if serving.dictionary.metric(table, name).unit == "grams" else 0.0
        assert (change.now, change.before) == pytest.approx(tuple(map(float, values)), rel=1e-12, abs=rounded)
        difference = float(values[0]) - float(values[1])
        assert total == pytest.approx(difference, rel=1e-9, abs=2 * rounded + 1e-9 * scale)
    sizes = change.parts["effect"].abs().to_list()
    assert sizes == sorted(sizes, reverse=True)


def test_the_rates_are_those_of_plain_sql_over_rows(serving: Published, market: Settings) -> None:
    sides = ({**PICKED_UP, "calendar_date": JUNE}, {**PICKED_UP, "calendar_date": MAY})
    change = explain_change(
        serving, "mart_delivery_time", "first_attempt_success_share", "platform_id", *sides
    )
    assert change is not None
    with duckdb.connect(str(market.warehouse), read_only=True) as connection:
        rows = connection.execute(
            "select platform_id, count(*) filter (where is_first_attempt_successful) / count(*)"
            " from core.fct_waybills where purpose = 'sale' and first_attempt_at is not null"
            " and not is_cancelled and not is_forwarded and (is_delivered or not is_returned)"
            " and picked_up_date between '2019-06-01' and '2019-06-30' group by 1"
        ).fetchall()
    # What the smallest platform sold abroad is too little to stand alone.
    expected = {**dict(rows), "other": dict(rows)["shopify"]}
    del expected["shopify"]
    assert dict(change.parts.select("platform_id", "rate_now").rows()) == pytest.approx(expected)


def test_a_percentile_splits_as_the_share_of_parcels_slower_than_it_was(
    serving: Published, market: Settings
) -> None:
    sides = ({**PICKED_UP, "calendar_date": JUNE}, {**PICKED_UP, "calendar_date": MAY})
    change = explain_change(serving, "mart_delivery_time", "p90_end_to_end_hours", "courier_id", *sides)
    assert change is not None
    assert change.slower_than is not None
    assert change.before == pytest.approx(0.1, abs=0.005)
    # To the bucket's edges, where the rows can be counted.
    edges = (math.floor(change.slower_than), math.ceil(change.slower_than))
    with duckdb.connect(str(market.warehouse), read_only=True) as connection:
        counted = [
            connection.execute(
                "select count(*) filter (where coalesce(end_to_end_seconds, 1e12) > ? * 3600) / count(*)"
                " from core.fct_waybills where purpose = 'sale' and not is_cancelled and not is_forwarded"
                " and (is_delivered or not is_returned) and picked_up_at is not null"
                " and picked_up_date between '2019-06-01' and '2019-06-30'",
                [edge],
            ).fetchall()[0][0]
            for edge in edges
        ]
    assert counted[1] <= change.now <= counted[0]


def test_what_neither_adds_up_nor_divides_sums_does_not_split(serving: Published) -> None:
    for table, name in (
        ("mart_courier_share", "hhi"),
        ("mart_city_tier_gmv", "city_count"),
        ("mart_lane_time", "spread_end_to_end_hours"),
        ("mart_courier_changes", "waybill_growth_month"),
    ):
        assert terms(serving, serving.dictionary.metric(table, name)) is None


def test_an_interval_is_as_wide_as_the_days_differ(serving: Published) -> None:
    sides = ({**PICKED_UP, "calendar_date": JUNE}, {**PICKED_UP, "calendar_date": MAY})
    change = explain_change(serving, "mart_delivery_time", "within_72h_share", "platform_id", *sides)
    assert change is not None
    cells = serving.frame(
        "select calendar_date, platform_id, sum(within_72h_count) as amount, sum(end_to_end_started_count) as"
        " whole from mart_delivery_time where date_basis = 'picked_up' and calendar_date between '2019-05-01'"
        " and '2019-06-30' and platform_id = 'jd' group by all"
    )
    variance = 0.0
    for period in (JUNE, MAY):
        days = cells.filter(pl.col("calendar_date").is_between(period.first, period.last))
        rate = float(days["amount"].sum()) / float(days["whole"].sum())
        apart = [float(a) - rate * float(w) for a, w in days.select("amount", "whole").rows()]
        n = len(apart)
        variance += sum(each**2 for each in apart) * n / (n - 1) / float(days["whole"].sum()) ** 2
    row = change.parts.filter(platform_id="jd").row(0, named=True)
    half = 1.96 * math.sqrt(variance) * row["share_now"]
    assert row["rate_high"] - row["rate"] == pytest.approx(half)
    assert row["rate"] - row["rate_low"] == pytest.approx(half)


def test_gmv_is_accounts_times_orders_times_value_of_a_whole_month_alone(serving: Published) -> None:
    table = "mart_city_tier_gmv"
    sides: list[dict[str, Condition]] = [
        {"currency": ["CNY"], "calendar_date": month} for month in (JUNE, MAY)
    ]
    found = explain_gmv(serving, table, *sides)
    assert found is not None
    paid = [serving.metrics(table, ["gmv_paid"], filters=side).item() for side in sides]
    assert sum(found.effects) == pytest.approx(paid[0] - paid[1], rel=1e-9)
    assert math.prod(found.now) == pytest.approx(paid[0])
    tier: dict[str, Condition] = {"tier_fixed": ["tier_1"]}
    assert explain_gmv(serving, table, {**sides[0], **tier}, {**sides[1], **tier}) is None
    half: dict[str, Condition] = {"calendar_date": Period(date(2019, 6, 1), date(2019, 6, 15))}
    assert explain_gmv(serving, table, {**sides[0], **half}, sides[1]) is None
