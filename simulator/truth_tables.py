"""Truth tables: sums, distinct counts and exact quantiles over the bookkeeping of orders and waybills.

Definitions: shared metrics. All sums are of whole numbers or decimals, so they are exact in any order.
"""

from pathlib import Path

import duckdb

from simulator.calendar import CHINA_OFFSET

#: One row of facts about the market. `as_of_at` is the newest time the feeds tell of.
_MARKET = "select {orders} as order_count, {waybills} as waybill_count, to_timestamp({newest}) as as_of_at"

#: GMV in four readings, by the consumer's city tier (2025 list) and the month of the order.
_GMV = """
select date_trunc('month', order_date)::date as month_date, platform_id, tier, currency,
       count(*) as order_count, count(*) filter (where is_paid) as paid_order_count,
       sum(gmv_placed)::decimal(18, 2) as gmv_placed, sum(gmv_paid)::decimal(18, 2) as gmv_paid,
       sum(gmv_net)::decimal(18, 2) as gmv_net, sum(gmv_received)::decimal(18, 2) as gmv_received,
       coalesce(sum(paid_amount), 0)::decimal(18, 2) as paid_amount,
       sum(postage_amount)::decimal(18, 2) as postage_amount,
       sum(platform_subsidy_amount)::decimal(18, 2) as platform_subsidy_amount,
       sum(refunded_amount)::decimal(18, 2) as refunded_amount
from orders group by all order by all
"""

#: Paid GMV by the month of payment.
_GMV_BY_PAYMENT = """
select date_trunc('month', payment_date)::date as month_date, platform_id, tier, currency,
       sum(gmv_paid)::decimal(18, 2) as gmv_paid
from orders where is_paid group by all order by all
"""

#: Waybills by the month of pick-up, paid GMV by the month of the order; in no parcel = `not_shipped`.
_COURIER_SHARES = """
with picked as (
    select date_trunc('month', picked_up_at + interval 8 hour)::date as month_date, platform_id, courier_code,
           waybill_system, purpose, currency, count(*) as waybill_count, 0::decimal(18, 2) as gmv_paid,
           sum(freight_cost_amount) as freight_cost_amount
    from waybills where picked_up_at is not null group by all
), carried as (
    select date_trunc('month', order_date)::date as month_date, platform_id, courier_code,
           waybill_system, purpose, currency, 0 as waybill_count, sum(gmv_paid) as gmv_paid, 0
    from waybills where purpose = 'sale' group by all
), not_carried as (
    select date_trunc('month', order_date)::date as month_date, platform_id, 'not_shipped' as courier_code,
           null as waybill_system, 'sale' as purpose, currency, 0 as waybill_count,
           sum(gmv_not_shipped) as gmv_paid, 0
    from orders group by all
)
select month_date, platform_id, courier_code, waybill_system, purpose, currency,
       sum(waybill_count)::bigint as waybill_count, sum(gmv_paid)::decimal(18, 2) as gmv_paid,
       sum(freight_cost_amount)::decimal(18, 2) as freight_cost_amount
from (from picked union all from carried union all from not_carried)
group by all order by all
"""

#: Distinct accounts per month, of placed and of paid orders; platform `all` adds the platforms' accounts up.
_CONSUMERS = """
select date_trunc('month', order_date)::date as month_date, coalesce(platform_id, 'all') as platform_id,
       count(distinct (platform_id, consumer_code)) as active_consumer_count,
       count(distinct (platform_id, consumer_code)) filter (where is_paid) as paying_consumer_count
from orders group by grouping sets ((month_date, platform_id), (month_date)) order by all
"""

#: Accounts by the month of their first order, and how many of them ordered again so many months later.
_COHORTS = """
with months as (
    select platform_id, consumer_code, date_trunc('month', order_date)::date as month_date,
           sum(gmv_paid) as gmv_paid
    from orders group by all
), firsts as (
    select platform_id, consumer_code, min(month_date) as cohort_date from months group by all
)
select cohort_date, platform_id, date_diff('month', cohort_date, month_date) as month_number,
       count(*) as consumer_count, sum(gmv_paid)::decimal(18, 2) as gmv_paid
from months join firsts using (platform_id, consumer_code) group by all order by all
"""

#: Sale waybills by the day of pick-up; returned and cancelled ones have left the cohort. A day is mature for
#: a rate when the rate's hours have passed since the day's end.
_RATES = """
select (picked_up_at + interval 8 hour)::date as picked_up_date, platform_id, courier_code,
       tier, channel, service,
       count(*) as waybill_count, count(handed_over_at) as finished_count,
       count(*) filter (where end_to_end_seconds <= 86400) as within_24h_count,
       count(*) filter (where end_to_end_seconds <= 172800) as within_48h_count,
       count(*) filter (where end_to_end_seconds <= 259200) as within_72h_count,
       coalesce(sum(end_to_end_seconds), 0)::bigint as end_to_end_seconds,
       date_diff('second', (picked_up_date + 1)::timestamp - interval 8 hour, {as_of}) as age_seconds
from waybills where picked_up_at is not null and purpose = 'sale' and not is_returned and not is_cancelled
group by all order by all
"""

#: Rates of all waybills picked up at least so long before the newest time known.
_MATURE_RATES = """
select coalesce(platform_id, 'all') as platform_id, coalesce(courier_code, 'all') as courier_code,
       window_hours,
       count(*) as waybill_count,
       count(*) filter (where end_to_end_seconds <= window_hours * 3600) as within_count,
       within_count / waybill_count as within_share
from waybills cross join (values (24), (48), (72)) as windows (window_hours)
where picked_up_at <= {as_of} - to_hours(window_hours)
  and purpose = 'sale' and not is_returned and not is_cancelled
group by grouping sets (
    (platform_id, courier_code, window_hours), (platform_id, window_hours), (window_hours)
)
order by all
"""

_DURATIONS = (
    "handling", "origin", "linehaul", "destination", "last_mile", "pickup_wait", "end_to_end",
    "order_to_delivery",
)  # fmt: skip
_COHORT = "purpose = 'sale' and not is_returned and not is_cancelled"

#: Sums and means of each duration by the month of pick-up; stages only of waybills that have them all.
_MEANS = " union all ".join(
    f"""
select coalesce(platform_id, 'all') as platform_id, date_trunc('month', picked_up_at + interval 8 hour)::date
           as month_date, '{name}' as duration, count({name}_seconds) as waybill_count,
       sum({name}_seconds)::bigint as total_seconds, total_seconds / waybill_count / 3600 as mean_hours
from waybills where {_COHORT} and picked_up_at is not null and {name}_seconds is not null
  {"and has_all_stages" if name in _DURATIONS[:5] else ""}
group by grouping sets ((platform_id, month_date), (month_date))
"""
    for name in _DURATIONS
)

#: Exact quantiles of finished waybills by the month of pick-up (the smallest value that the share reaches).
_PERCENTILES = " union all ".join(
    f"""
select coalesce(platform_id, 'all') as platform_id, date_trunc('month', picked_up_at + interval 8 hour)::date
           as month_date, '{name}' as duration, count(*) as waybill_count,
       count({name}_seconds) as finished_count,
       {
        ", ".join(
            f"quantile_disc(coalesce({name}_seconds, 1000000000), {p / 100}) as p{p}_seconds"
            for p in (10, 50, 85, 90, 95)
        )
    }
from waybills where {_COHORT} and picked_up_at is not null
group by grouping sets ((platform_id, month_date), (month_date))
"""
    for name in ("end_to_end", "order_to_delivery", "handling")
)

TABLES = {
    "gmv": _GMV,
    "gmv_by_payment_month": _GMV_BY_PAYMENT,
    "courier_shares": _COURIER_SHARES,
    "consumers": _CONSUMERS,
    "cohorts": _COHORTS,
    "delivery_rates": _RATES,
    "mature_rates": _MATURE_RATES,
    "mean_durations": f"from ({_MEANS}) order by all",
    "percentiles": f"from ({_PERCENTILES}) order by all",
}


def write(folder: Path, newest: int, memory_limit: str = "2GB") -> None:
    """Write the truth tables beside the bookkeeping they are made from.

    Args:
        folder: holds `orders.parquet` and `waybills.parquet`.
        newest: newest time the feeds tell of, China seconds.
        memory_limit: what the sums may take; beyond it they go through temporary files in the folder.
    """
    as_of = f"to_timestamp({newest - CHINA_OFFSET})"
    with duckdb.connect() as connection:
        connection.execute("set time zone 'UTC'")
        connection.execute(f"set memory_limit = '{memory_limit}'")
        connection.execute("set temp_directory = ?", [str(folder / ".temporary")])
        for name in ("orders", "waybills"):
            connection.from_parquet(str(folder / f"{name}.parquet")).create_view(name)
        counts = {name: f"(select count(*) from {name})" for name in ("orders", "waybills")}
        tables = {"market": _MARKET.format(newest=newest - CHINA_OFFSET, **counts), **TABLES}
        for name, query in tables.items():
            path = str(folder / f"{name}.parquet").replace("'", "''")
            connection.execute(
                f"copy ({query.format(as_of=as_of) if '{as_of}' in query else query}) "
                f"to '{path}' (format parquet, compression zstd, row_group_size 122880)"
            )
