"""The weeks from which findings are found are the truth of a simulated market."""

import json
from datetime import date, timedelta

from published_reports import Published

from warehouse.manifest import read_tables

#: The simulator writes the providers' codes; the warehouse has an id of its own for JD's courier.
COURIER = "case courier_code when 'jd' then 'jdl' else courier_code end"
#: Loaded to the end of 30 June: the week to the 23rd is five days old, the one to the 30th is not.
LAST, FIRST = date(2019, 6, 17), date(2018, 12, 31)
#: At home, and with a duration or still under way.
STARTED = "destination_country_code = 'CN' and (end_to_end_seconds is not null or handed_over_at is null)"
CHINA = "timezone('Asia/Shanghai', {})::date"


def _assert_same(published: Published, ours: str, truth: str) -> None:
    assert published.rows(f"select count(*) > 20 from ({truth})") == [(True,)]
    assert published.rows(f"({ours}) except all ({truth}) order by all limit 5") == []
    assert published.rows(f"({truth}) except all ({ours}) order by all limit 5") == []


def _parcels(published: Published, day: str) -> str:
    return (
        f"(select *, {CHINA.format(day)} as day from '{published.truth}/waybills.parquet'"
        " where purpose = 'sale' and not ((is_returned and delivered_at is null) or is_cancelled)"
        f" and {CHINA.format(day)} between '{FIRST}' and '{LAST + timedelta(days=6)}')"
    )


def test_weeks_of_lanes_are_the_truth(published: Published) -> None:
    limited = "least(coalesce(end_to_end_seconds, 5 * 86400), 5 * 86400)"
    _assert_same(
        published,
        "select week_date, month_date, courier_id, origin_province_id, destination_province_id,"
        f" waybill_count, limited_end_to_end_seconds from mart_lane_weeks where week_date >= '{FIRST}'",
        f"select date_trunc('week', day)::date, date_trunc('month', day)::date, {COURIER},"
        " origin_adcode[:2] || '0000', destination_adcode[:2] || '0000', count(*),"
        f" sum({limited})::bigint from {_parcels(published, 'picked_up_at')}"
        f" where {STARTED} group by all",
    )
    assert published.rows("select max(week_date) from mart_lane_weeks") == [(LAST,)]


def test_weeks_of_merchants_are_the_truth(published: Published) -> None:
    limited = "least(coalesce(handling_seconds, 0), 3 * 86400)"
    # Shopify's days are not China's.
    at_home = "merchant_id not like 'shopify:%'"
    _assert_same(
        published,
        "select week_date, month_date, merchant_id, courier_id, sum(waybill_count)::bigint,"
        " sum(handling_count)::bigint, sum(limited_handling_seconds)::bigint from mart_merchant_weeks"
        f" where week_date >= '{FIRST}' and {at_home} group by all",
        "select date_trunc('week', day)::date, date_trunc('month', day)::date,"
        f" platform_id || ':' || merchant_code as merchant_id, {COURIER}, count(*), count(handling_seconds),"
        f" sum({limited})::bigint from {_parcels(published, 'clock_started_at')}"
        f" where platform_id || ':' || merchant_code not like 'shopify:%' group by all",
    )


def test_weeks_of_categories_hold_the_paid_lines_of_their_days(published: Published) -> None:
    feed = published.settings.home / "market/feeds/waymart"
    _assert_same(
        published,
        "select week_date, month_date, category_id, line_count, tier_1_2_line_count from mart_category_weeks"
        f" where week_date >= '{FIRST}'",
        "with orders as materialized (select platform_id, order_number, order_date, tier from"
        f" '{published.truth}/orders.parquet' where is_paid and tier not in ('abroad', 'unknown')),"
        " products as materialized (select platform_id, product_code, category_code from"
        f" '{feed}/products/*.parquet'), lines as materialized (select platform_id, order_number,"
        f" product_code from '{feed}/order_lines/*.parquet')"
        " select date_trunc('week', order_date)::date, date_trunc('month', order_date)::date,"
        " platform_id || ':' || category_code, count(*),"
        " count(*) filter (where tier in ('tier_1', 'new_tier_1', 'tier_2'))"
        " from lines join orders using (platform_id, order_number)"
        " join products using (platform_id, product_code)"
        f" where order_date between '{FIRST}' and '{LAST + timedelta(days=6)}' group by all",
    )


def test_findings_say_which_week_and_month_they_looked_at_and_over_how_many_parcels(
    published: Published,
) -> None:
    # 6.18 moves its week and the one after it; June is not over.
    days = [(date(2019, 6, 10), date(2019, 6, 16)), (date(2019, 5, 1), date(2019, 5, 31))]
    expected = [
        (
            *span,
            published.rows(
                f"select count(*) from {_parcels(published, 'picked_up_at')} where {STARTED}"
                f" and day between '{span[0]}' and '{span[1]}'"
            )[0][0],
        )
        for span in days
    ]
    looked_at = published.rows(
        "select first_date, last_date, touched_count from mart_findings where finding_kind = 'looked_at'"
        " order by first_date desc"
    )
    assert looked_at == expected


def test_a_table_made_in_python_has_the_columns_and_types_of_its_yml(published: Published) -> None:
    [node] = [
        node
        for node in json.loads(published.settings.manifest.read_text())["nodes"].values()
        if node["name"] == "mart_findings"
    ]
    written = [(name, column["data_type"]) for name, column in node["columns"].items()]
    described = published.rows("select column_name, lower(column_type) from (describe mart_findings)")
    assert described == written
    assert "mart_findings" in [table.name for table in read_tables(published.settings.manifest)]
