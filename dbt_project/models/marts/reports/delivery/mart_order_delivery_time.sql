{{ config(
    materialized='cells',
    meta={'cell_date': 'month_date', 'cell_keys': [
        'provider_id', 'platform_id', 'province_id', 'channel', 'tier_fixed',
    ], 'ages': {'fct_orders': [('promised_delivery_at', 0)]}}
) }}
-- An order arrives in one or several parcels: its durations run to the first and to the last of them.
with orders as (
    select
        provider_id,
        platform_id,
        province_id,
        channel,
        tier_fixed,
        order_date,
        placed_at,
        first_delivered_at,
        last_delivered_at,
        promised_delivery_at
    from {{ rows_of('fct_orders') }}
    where is_paid and (last_delivered_at is not null or not is_cancelled)
),

providers as (
    select * from {{ rows_of('dim_providers') }}
),

timed as (
    select
        orders.provider_id,
        orders.platform_id,
        orders.province_id,
        orders.channel,
        orders.tier_fixed,
        orders.last_delivered_at is not null as is_delivered,
        {{ seconds_between('orders.placed_at', 'orders.first_delivered_at') }} as first_seconds,
        {{ seconds_between('orders.placed_at', 'orders.last_delivered_at') }} as last_seconds,
        orders.promised_delivery_at is not null as has_promise,
        {{ is_of_age('orders.promised_delivery_at', 0) }} as is_promise_due,
        orders.last_delivered_at <= orders.promised_delivery_at as is_in_time,
        {{ dbt.date_trunc('month', 'orders.order_date') }} as month_date
    from orders
    left join providers
        on orders.provider_id = providers.provider_id
),

bucketed as (
    select
        *,
        case when first_seconds >= 0 then first_seconds end as placed_to_first_delivery_seconds,
        case when last_seconds >= 0 then last_seconds end as placed_to_last_delivery_seconds,
        {{ hour_bucket('case when last_seconds >= 0 then last_seconds end') }} as placed_to_last_delivery_bucket
    from timed
),

cells as (
    select
        provider_id,
        platform_id,
        province_id,
        channel,
        tier_fixed,
        month_date,
        count(*) as order_count,
        count(*) filter (where is_delivered) as delivered_order_count,
        count(*) filter (where has_promise) as promise_order_count,
        count(*) filter (where is_promise_due) as promise_due_order_count,
        count(*) filter (where is_promise_due and is_in_time) as on_time_order_count,
        count(placed_to_first_delivery_seconds) as placed_to_first_delivery_count,
        sum(placed_to_first_delivery_seconds) as placed_to_first_delivery_seconds,
        count(*) filter (
            where not is_delivered or placed_to_last_delivery_seconds is not null
        ) as placed_to_last_delivery_started_count,
        count(placed_to_last_delivery_seconds) as placed_to_last_delivery_count,
        sum(placed_to_last_delivery_seconds) as placed_to_last_delivery_seconds,
        {{ bucket_counts('placed_to_last_delivery_bucket') }} as placed_to_last_delivery_counts
    from bucketed
    group by provider_id, platform_id, province_id, channel, tier_fixed, month_date
)

select
    provider_id,
    platform_id,
    province_id,
    channel,
    tier_fixed,
    order_count,
    delivered_order_count,
    promise_order_count,
    promise_due_order_count,
    on_time_order_count,
    placed_to_first_delivery_count,
    {{ total_count('coalesce(placed_to_first_delivery_seconds, 0)') }} as placed_to_first_delivery_seconds,
    placed_to_last_delivery_started_count,
    placed_to_last_delivery_count,
    {{ total_count('coalesce(placed_to_last_delivery_seconds, 0)') }} as placed_to_last_delivery_seconds,
    {{ hour_histogram('placed_to_last_delivery_counts') }} as placed_to_last_delivery_histogram,
    cast(month_date as date) as month_date
from cells
