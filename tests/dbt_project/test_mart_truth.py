"""The marts that cut the subjects further are the truth of a market without faults, cell by cell."""

import pytest
from published_reports import Published

from simulator.world.platforms import PLATFORMS, ZONES

#: The simulator writes the providers' codes; the warehouse has an id of its own for JD's courier.
_COURIER = "case courier_code when 'jd' then 'jdl' else courier_code end"
_HOURS = " ".join(f"when '{name}' then {hours}" for name, hours in zip(PLATFORMS, ZONES, strict=True))
_OFFSET = f"case platform_id {_HOURS} end"
_MONTH = f"date_trunc('month', timezone('UTC', {{at}}) + to_hours({_OFFSET}))::date"
_COHORT = "purpose = 'sale' and (not is_returned or delivered_at is not null) and not is_cancelled"


def _month(at: str) -> str:
    return _MONTH.format(at=at)


def _same(published: Published, ours: str, truth: str) -> None:
    assert published.rows(f"select count(*) > 20 from ({truth})") == [(True,)]
    assert published.rows(f"({ours}) except all ({truth}) order by all limit 5") == []
    assert published.rows(f"({truth}) except all ({ours}) order by all limit 5") == []


def _true_lanes(published: Published, origin: str, destination: str, fewest: int) -> str:
    """Lanes within the mainland by month and courier, of those with so many waybills in the month."""
    month = _month("picked_up_at")
    return (
        "select month_date, courier_id, origin, destination, count(*), count(handed_over_at),"
        " count(*) filter (where end_to_end_seconds <= 259200), coalesce(sum(end_to_end_seconds), 0)::bigint"
        f" from (select *, {month} as month_date, {_COURIER} as courier_id,"
        f" {origin} as origin, {destination} as destination"
        f" from '{published.truth}/waybills.parquet' where {_COHORT} and picked_up_at is not null"
        " and origin_adcode is not null and destination_adcode is not null"
        f" qualify count(*) over (partition by month_date, origin, destination) >= {fewest}) group by all"
    )


def _lanes(table: str, origin: str, destination: str, where: str) -> str:
    return (
        f"select month_date, courier_id, {origin}, {destination}, sum(waybill_count)::bigint,"
        " sum(finished_count)::bigint, sum(within_72h_count)::bigint, sum(end_to_end_seconds)::bigint"
        f" from {table} where {where} group by all"
    )


def test_lanes_between_provinces_are_the_truth(published: Published) -> None:
    ends = ("origin_province_id", "destination_province_id")
    true_ends = [f"substr({end}_adcode, 1, 2) || '0000'" for end in ("origin", "destination")]
    _same(
        published,
        _lanes("mart_lane_time", *ends, "destination_province_id ~ '^[0-9]+$'"),
        _true_lanes(published, *true_ends, fewest=1),
    )


def test_frequent_lanes_between_cities_are_the_truth(published: Published) -> None:
    ends = ("origin_adcode", "destination_adcode")
    ours = _lanes("mart_city_lane_time", *ends, "origin_adcode <> 'other'")
    truth = _true_lanes(published, *ends, fewest=30)
    assert published.rows(f"({ours}) except all ({truth})") == []
    assert published.rows(f"({truth}) except all ({ours})") == []


@pytest.mark.parametrize(
    ("table", "keys", "true_keys"),
    [
        ("mart_courier_lanes", "courier_id, currency", f"{_COURIER} as courier_id, currency"),
        (
            "mart_merchant_couriers",
            "merchant_id, courier_id, waybill_system, currency",
            f"platform_id || ':' || merchant_code, {_COURIER}, waybill_system, currency",
        ),
    ],
)
def test_what_couriers_carry_on_lanes_and_for_merchants_is_the_truth(
    published: Published, table: str, keys: str, true_keys: str
) -> None:
    _same(
        published,
        f"select month_date, platform_id, {keys}, sum(waybill_count)::bigint, sum(gmv_paid)::decimal(18, 2),"
        f" sum(freight_cost_amount)::decimal(18, 2) from {table} group by all",
        f"select {_month('picked_up_at')}, platform_id, {true_keys}, count(*), sum(gmv_paid)::decimal(18, 2),"
        " coalesce(sum(freight_cost_amount), 0)::decimal(18, 2)"
        f" from '{published.truth}/waybills.parquet' where picked_up_at is not null group by all",
    )


def test_the_merchants_part_is_the_truth(published: Published) -> None:
    _same(
        published,
        "select month_date, merchant_id, sum(waybill_count)::bigint, sum(handling_count)::bigint,"
        " sum(handling_seconds)::bigint from mart_merchant_time group by all",
        f"select {_month('clock_started_at')}, platform_id || ':' || merchant_code, count(*),"
        " count(handling_seconds), coalesce(sum(handling_seconds), 0)::bigint"
        f" from '{published.truth}/waybills.parquet' where {_COHORT} and clock_started_at is not null"
        " group by all",
    )


def test_active_consumers_of_a_month_are_the_truths_accounts(published: Published) -> None:
    _same(
        published,
        "select month_date, platform_id, currency, tier_group, active_consumer_count, paying_consumer_count,"
        " gmv_paid from mart_active_consumers"
        " where window_months = 1 and is_whole_window and active_consumer_count > 0 and tier_group = 'all'",
        "with spans as (select platform_id, min(order_date) as first, max(order_date) as last"
        f" from '{published.truth}/orders.parquet' group by all)"
        " select date_trunc('month', order_date)::date as month_date, platform_id, currency, 'all',"
        " count(distinct consumer_code), count(distinct consumer_code) filter (where is_paid),"
        " sum(gmv_paid)::decimal(18, 2)"
        f" from '{published.truth}/orders.parquet' inner join spans using (platform_id)"
        " where first <= date_trunc('month', order_date) and last >= last_day(order_date) group by all",
    )


def test_growth_compares_the_truths_months(published: Published) -> None:
    months = (
        "select date_trunc('month', order_date)::date as month_date, platform_id, currency, channel, tier,"
        f" sum(gmv_paid)::decimal(18, 2) as gmv_paid from '{published.truth}/orders.parquet' group by all"
    )
    for back, name in ((1, "month_before"), (12, "year_before")):
        _same(
            published,
            f"select month_date, platform_id, currency, channel, tier_fixed, gmv_paid_{name}"
            f" from mart_gmv_growth where gmv_paid_{name} <> 0",
            f"with months as ({months}), spans as (select platform_id, max(month_date) as last from months"
            f" group by all) select (month_date + interval {back} month)::date as later, platform_id,"
            " currency, channel, tier, gmv_paid from months inner join spans using (platform_id)"
            " where gmv_paid <> 0 and later <= last",
        )


def test_couriers_and_labels_of_a_month_are_the_truth_beside_the_month_before(published: Published) -> None:
    keys = f"platform_id, {_COURIER}, waybill_system, tier"
    _same(
        published,
        "select month_date, platform_id, courier_id, waybill_system, tier_fixed, waybill_count"
        " from mart_courier_changes where waybill_count > 0",
        f"select {_month('picked_up_at')}, {keys}, count(*)"
        f" from '{published.truth}/waybills.parquet' where picked_up_at is not null group by all",
    )
