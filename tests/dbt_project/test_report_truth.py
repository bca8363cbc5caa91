"""The published numbers of a simulated market without faults are its truth, cell by cell."""

from published_reports import Published

#: The simulator writes the providers' codes; the warehouse has an id of its own for JD's courier.
COURIER = "case courier_code when 'jd' then 'jdl' else courier_code end"


def _assert_same(published: Published, ours: str, truth: str) -> None:
    assert published.rows(f"select count(*) > 20 from ({truth})") == [(True,)]
    assert published.rows(f"({ours}) except all ({truth}) order by all limit 5") == []
    assert published.rows(f"({truth}) except all ({ours}) order by all limit 5") == []


def test_gmv_by_tier_and_month_is_the_truth_in_all_four_readings(published: Published) -> None:
    measures = (
        "order_count, paid_order_count, gmv_placed, gmv_paid, gmv_net, gmv_received, paid_amount,"
        " postage_amount, refunded_amount"
    )
    sums = ", ".join(f"sum({name})::decimal(18, 2)" for name in measures.split(", "))
    # The truth knows what was offered, on orders paid or not.
    offered = "sum(platform_subsidy_amount + unpaid_subsidy_amount)::decimal(18, 2)"
    _assert_same(
        published,
        f"select date_trunc('month', calendar_date)::date, platform_id, tier_fixed, currency, {offered},"
        f" {sums}"
        " from mart_city_tier_gmv group by all having sum(order_count) > 0",
        "select month_date, platform_id, tier, currency, sum(platform_subsidy_amount)::decimal(18, 2),"
        f" {sums} from '{published.truth}/gmv.parquet' group by all",
    )


def test_paid_gmv_by_month_of_payment_is_the_truth(published: Published) -> None:
    _assert_same(
        published,
        "select date_trunc('month', calendar_date)::date, platform_id, tier_fixed, currency,"
        " sum(gmv_paid_by_payment_date)::decimal(18, 2) as gmv_paid from mart_city_tier_gmv"
        " group by all having gmv_paid > 0",
        "select month_date, platform_id, tier, currency, gmv_paid"
        f" from '{published.truth}/gmv_by_payment_month.parquet' where gmv_paid > 0",
    )


def test_what_each_courier_carries_is_the_truth(published: Published) -> None:
    by = "platform_id, courier_id, waybill_system, currency"
    sums = (
        "sum(waybill_count)::bigint, sum(gmv_paid)::decimal(18, 2), sum(freight_cost_amount)::decimal(18, 2)"
    )
    _assert_same(
        published,
        f"select date_trunc('month', calendar_date)::date, {by}, {sums} from mart_courier_share group by all",
        f"select month_date, platform_id, {COURIER} as courier_id,"
        f" coalesce(waybill_system, 'not_shipped') as waybill_system, currency,"
        " sum(waybill_count)::bigint, coalesce(sum(gmv_paid), 0)::decimal(18, 2),"
        " coalesce(sum(freight_cost_amount), 0)::decimal(18, 2)"
        f" from '{published.truth}/courier_shares.parquet' group by all",
    )


def test_delivery_time_by_day_of_pickup_is_the_truth(published: Published) -> None:
    counts = (
        "waybill_count, finished_count, within_24h_count, within_48h_count, within_72h_count,"
        " end_to_end_seconds"
    )
    sums = ", ".join(f"sum({name})::bigint" for name in counts.split(", "))
    _assert_same(
        published,
        f"select calendar_date, platform_id, courier_id, tier_fixed, channel, service, {sums}"
        " from mart_delivery_time where date_basis = 'picked_up' group by all having sum(waybill_count) > 0",
        f"select picked_up_date, platform_id, {COURIER}, tier, channel, service, {sums}"
        f" from '{published.truth}/delivery_rates.parquet' group by all",
    )


def test_a_rate_counts_the_days_that_are_old_enough(published: Published) -> None:
    for hours in (24, 48, 72):
        formula = published.formula("mart_delivery_time", f"within_{hours}h_share")
        ours = published.rows(
            f"select courier_id, {formula} from mart_delivery_time where date_basis = 'picked_up'"
            " group by all order by all"
        )
        truth = published.rows(
            f"select {COURIER} as courier_id, sum(within_{hours}h_count) / sum(waybill_count)"
            f" from '{published.truth}/delivery_rates.parquet' where age_seconds >= {hours * 3600}"
            " group by all order by all"
        )
        assert ours == truth


def test_mean_durations_are_the_truth(published: Published) -> None:
    stages = ("handling", "origin", "linehaul", "destination", "last_mile")
    for name in (*stages, "pickup_wait", "end_to_end", "order_to_delivery"):
        seconds = f"{name}_stage_seconds" if name in (*stages, "pickup_wait") else f"{name}_seconds"
        _assert_total(published, name, seconds)


def _assert_total(published: Published, duration: str, seconds: str) -> None:
    ours = published.rows(
        f"select date_trunc('month', calendar_date)::date as month_date, sum({seconds})::bigint"
        " from mart_delivery_time where date_basis = 'picked_up' group by all order by all"
    )
    truth = published.rows(
        f"select month_date, total_seconds from '{published.truth}/mean_durations.parquet'"
        f" where platform_id = 'all' and duration = '{duration}' order by all"
    )
    assert [row for row in ours if row[1]] == truth, duration
