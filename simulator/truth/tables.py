"""Truth tables: sums, distinct counts and exact quantiles over the bookkeeping of orders and waybills.

Definitions: shared metrics. All sums are of whole numbers or decimals, so they are exact in any order.
"""

from pathlib import Path

import duckdb

from simulator.world.days import CHINA_OFFSET
from simulator.world.platforms import PLATFORMS, ZONES

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
    select date_trunc('month', local_time(picked_up_at, platform_id))::date as month_date, platform_id,
           courier_code, waybill_system, purpose, currency, count(*) as waybill_count,
           0::decimal(18, 2) as gmv_paid, sum(freight_cost_amount) as freight_cost_amount
    from waybills where picked_up_at is not null group by all
), carried as (
    select date_trunc('month', order_date)::date as month_date, platform_id, courier_code,
           waybill_system, purpose, currency, 0 as waybill_count, sum(gmv_paid) as gmv_paid, 0
    from waybills where purpose = 'sale' group by all
), not_carried as (
    select date_trunc('month', order_date)::date as month_date, platform_id, 'not_shipped' as courier_code,
           'not_shipped' as waybill_system, 'sale' as purpose, currency, 0 as waybill_count,
           sum(gmv_not_shipped) as gmv_paid, 0
    from orders group by all having sum(gmv_not_shipped) > 0
)
select month_date, platform_id, courier_code, waybill_system, purpose, currency,
       sum(waybill_count)::bigint as waybill_count, sum(gmv_paid)::decimal(18, 2) as gmv_paid,
       sum(freight_cost_amount)::decimal(18, 2) as freight_cost_amount
from (from picked union all from carried union all from not_carried)
group by all order by all
"""

#: What the consumers' tables are made from: one row per account and month in which it ordered.
_ACCOUNT_MONTHS = """
create temporary table account_months as
select platform_id::enum_platform as platform_id, ('0x' || consumer_code)::ubigint as account,
       date_trunc('month', order_date)::date as month_date, bool_or(is_paid) as has_paid,
       sum(gmv_paid)::decimal(18, 2) as gmv_paid
from orders group by all
"""

#: Distinct accounts per month, of placed and of paid orders; platform `all` adds the platforms' accounts up.
_CONSUMERS = """
select month_date, coalesce(platform_id::varchar, 'all') as platform_id,
       count(*) as active_consumer_count, count(*) filter (where has_paid) as paying_consumer_count
from account_months group by grouping sets ((month_date, platform_id), (month_date)) order by all
"""

#: Accounts by the month of their first order, and how many of them ordered again so many months later.
_COHORTS = """
with firsts as (
    select platform_id, account, min(month_date) as cohort_date from account_months group by all
)
select cohort_date, platform_id::varchar as platform_id,
       date_diff('month', cohort_date, month_date) as month_number,
       count(*) as consumer_count, sum(gmv_paid)::decimal(18, 2) as gmv_paid
from account_months join firsts using (platform_id, account) group by all order by all
"""

#: Sale waybills by the day of pick-up; returned and cancelled ones have left the cohort. A day is mature for
#: a rate when the rate's hours have passed since the day's end.
_RATES = """
select local_time(picked_up_at, platform_id)::date as picked_up_date, platform_id, courier_code,
       tier, channel, service,
       count(*) as waybill_count, count(handed_over_at) as finished_count,
       count(*) filter (where end_to_end_seconds <= 86400) as within_24h_count,
       count(*) filter (where end_to_end_seconds <= 172800) as within_48h_count,
       count(*) filter (where end_to_end_seconds <= 259200) as within_72h_count,
       coalesce(sum(end_to_end_seconds), 0)::bigint as end_to_end_seconds,
       date_diff('second', (picked_up_date + 1)::timestamp, local_time({as_of}, platform_id)) as age_seconds
from waybills where picked_up_at is not null and purpose = 'sale' and not is_returned and not is_cancelled
group by all order by all
"""

#: Rates of the waybills of all mature days: those that ended so long before the newest time known.
_MATURE_RATES = """
select coalesce(platform_id, 'all') as platform_id, coalesce(courier_code, 'all') as courier_code,
       window_hours,
       count(*) as waybill_count,
       count(*) filter (where end_to_end_seconds <= window_hours * 3600) as within_count,
       within_count / waybill_count as within_share
from waybills cross join (values (24), (48), (72)) as windows (window_hours)
where (local_time(picked_up_at, platform_id)::date + 1)::timestamp
        <= local_time({as_of}, platform_id) - to_hours(window_hours)
  and purpose = 'sale' and not is_returned and not is_cancelled
group by grouping sets (
    (platform_id, courier_code, window_hours), (platform_id, window_hours), (window_hours)
)
order by all
"""

_STAGES = ("handling", "origin", "linehaul", "destination", "last_mile")
_RANKED = ("end_to_end", "order_to_delivery", "handling")
_DURATIONS = (*_STAGES, "pickup_wait", "end_to_end", "order_to_delivery")
_COHORT = "purpose = 'sale' and not is_returned and not is_cancelled"

#: Sums and means of each duration by the month of pick-up; stages only of waybills that have them all.
_MEANS = f"""
with sums as materialized (
    select platform_id, date_trunc('month', local_time(picked_up_at, platform_id))::date as month_date,
           {
    ", ".join(
        f"count({name}_seconds) {where} as {name}_count, sum({name}_seconds) {where} as {name}_seconds"
        for name in _DURATIONS
        for where in ["filter (where has_all_stages)" if name in _STAGES else ""]
    )
}
    from waybills where {_COHORT} and picked_up_at is not null group by all
), durations as (
    {
    " union all ".join(
        f"select platform_id, month_date, '{name}' as duration, {name}_count as waybill_count,"
        f" coalesce({name}_seconds, 0)::bigint as total_seconds from sums"
        for name in _DURATIONS
    )
}
), all_durations as (
    from durations
    union all
    select 'all', month_date, duration, sum(waybill_count)::bigint, sum(total_seconds)::bigint
    from durations group by all
)
select *, total_seconds / waybill_count / 3600 as mean_hours
from all_durations where waybill_count > 0 order by all
"""

_SHARES = (10, 50, 85, 90, 95)

#: Quantiles by the month of pick-up in whole minutes, rounded up: the smallest value that the share of all
#: waybills reaches, those not finished ranked last; null = not reached. Rounding moves no value to another
#: hour's bucket (a, b], and minutes are counted before they are ranked, so memory stays bounded.
_PERCENTILES = "".join(
    f"""(
with counted as (
    select platform_id, date_trunc('month', local_time(picked_up_at, platform_id))::date as month_date,
           (({name}_seconds + 59) // 60)::integer as minutes, count(*) as waybills
    from waybills where {_COHORT} and picked_up_at is not null group by all
), all_counted as (
    from counted union all select 'all', month_date, minutes, sum(waybills) from counted group by all
), ranked as (
    select *, sum(waybills) over (partition by platform_id, month_date) as total,
           sum(waybills) over (partition by platform_id, month_date order by minutes nulls last) as reached
    from all_counted
)
select platform_id, month_date, '{name}' as duration, any_value(total)::bigint as waybill_count,
       coalesce(sum(waybills) filter (where minutes is not null), 0)::bigint as finished_count,
       {
        ", ".join(
            f"min(minutes) filter (where reached * 100 >= total * {share}) as p{share}_minutes"
            for share in _SHARES
        )
    }
from ranked group by all
) {"union all" if name != _RANKED[-1] else "order by all"}
"""
    for name in _RANKED
)

#: Rows that faults touched, block by block, before those are added that only the whole market shows.
TOUCHED = ".touched.parquet"
_UNTOUCHED = """
create table touched (
    entity varchar, fault varchar, outcome varchar, reason varchar, field varchar, platform_id varchar,
    order_number varchar, courier_code varchar, waybill_number varchar, planted_text varchar,
    file_name varchar, line_number bigint
)
"""

#: Numbers that went to a second waybill months later: a round of its own. No row of the feed is broken.
_FAULTS = """
select * from (
    from touched
    union all by name
    select 'recycled_numbers' as fault, 'new_round' as outcome, 'waybills' as entity, courier_code,
           waybill_number, registered_at
    from waybills
    qualify row_number() over (partition by courier_code, waybill_number order by registered_at) > 1
) order by fault, file_name, line_number, courier_code, waybill_number
"""

TABLES = {
    "gmv": _GMV,
    "gmv_by_payment_month": _GMV_BY_PAYMENT,
    "courier_shares": _COURIER_SHARES,
    "consumers": _CONSUMERS,
    "cohorts": _COHORTS,
    "delivery_rates": _RATES,
    "mature_rates": _MATURE_RATES,
    "mean_durations": _MEANS,
    "percentiles": _PERCENTILES,
    "faults": _FAULTS,
}


#: Consumers whose order was the first in the loaded data, by its month, and how many ordered again within so
#: many days, of those whose days had passed at the end.
_REPEATS = """
with placed as (
    select platform_id::varchar as platform_id, placed_at,
           row_number() over account as place, lead(placed_at) over account as next_at
    from (
        select platform_id::enum_platform as platform_id, ('0x' || consumer_code)::ubigint as account_number,
               placed_at, order_number
        from orders
    )
    window account as (partition by platform_id, account_number order by placed_at, order_number)
)
select date_trunc('month', local_time(placed_at, platform_id)::date)::date as month_date, platform_id,
       window_days, count(*) as consumer_count,
       count(*) filter (where epoch(next_at) <= epoch(placed_at) + window_days * 86400) as repeat_count
from placed cross join (values (30), (60), (90)) as windows (window_days)
where place = 1 and epoch(placed_at) + window_days * 86400 <= epoch({as_of})
group by all order by all
"""

#: Recency, orders and paid GMV of each account in the 365 days before the newest time known.
_RFM = """
select platform_id::varchar as platform_id, consumer_code, currency, count(*) as order_count,
       sum(gmv_paid)::decimal(18, 2) as gmv_paid, max(placed_at) as last_placed_at
from orders where is_paid and placed_at > {as_of} - to_days(365) group by all order by all
"""

#: Tables of the part "consumers".
OF_CONSUMERS = {"repeat_rates": _REPEATS, "rfm_inputs": _RFM}


def write(folder: Path, newest: int, memory_limit: str = "2GB", *, has_consumers: bool = False) -> None:
    """Write the truth tables beside the bookkeeping they are made from.

    Args:
        folder: holds `orders.parquet` and `waybills.parquet`.
        newest: newest time the feeds tell of, China seconds.
        has_consumers: whether the market has consumers with a will of their own.
        memory_limit: what the sums may take; beyond it they go through temporary files in the folder.
    """
    as_of = f"to_timestamp({newest - CHINA_OFFSET})"
    hours = " ".join(f"when '{name}' then {hour}" for name, hour in zip(PLATFORMS, ZONES, strict=True))
    with duckdb.connect() as connection:
        connection.execute("set time zone 'UTC'")
        # The wall clock of a platform, from whole microseconds: calendars of time zones are slow.
        connection.execute(
            "create macro local_time(instant, platform) as "
            f"make_timestamp(epoch_us(instant) + (case platform {hours} end) * 3600000000)"
        )
        connection.execute("set enable_progress_bar = false")
        connection.execute(f"set memory_limit = '{memory_limit}'")
        connection.execute("set temp_directory = ?", [str(folder / ".temporary")])
        for name in ("orders", "waybills"):
            connection.from_parquet(str(folder / f"{name}.parquet")).create_view(name)
        connection.execute(f"create type enum_platform as enum {PLATFORMS}")
        connection.execute(_ACCOUNT_MONTHS)
        counts = {name: f"(select count(*) from {name})" for name in ("orders", "waybills")}
        tables = {"market": _MARKET.format(newest=newest - CHINA_OFFSET, **counts), **TABLES}
        if has_consumers:
            tables |= OF_CONSUMERS
        touched = folder / TOUCHED
        if touched.exists():
            connection.from_parquet(str(touched)).create_view("touched")
        else:
            connection.execute(_UNTOUCHED)
        for name, query in tables.items():
            path = str(folder / f"{name}.parquet").replace("'", "''")
            connection.execute(
                f"copy ({query.replace('{as_of}', as_of)}) "
                f"to '{path}' (format parquet, compression zstd, row_group_size 122880)"
            )
    touched.unlink(missing_ok=True)
