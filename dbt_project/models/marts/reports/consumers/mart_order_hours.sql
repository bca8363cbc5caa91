with orders as (
    select * from {{ ref('fct_orders') }}
),

platforms as (
    select * from {{ ref('dim_platforms') }}
),

timed as (
    select
        orders.*,
        {{ local_second_of_day('orders.placed_at', 'platforms.time_zone') }} as second_of_day
    from orders
    inner join platforms
        on orders.platform_id = platforms.platform_id
    where orders.placed_at is not null and platforms.time_zone is not null
)

select
    platform_id,
    currency,
    tier_fixed,
    channel,
    -- The fifth of January 1970 was a Monday.
    cast(
        mod({{ dbt.datediff("cast('1970-01-05' as date)", 'order_date', 'day') }}, 7) + 1 as {{ dbt.type_bigint() }}
    ) as weekday,
    cast(floor(second_of_day / 3600.0) as {{ dbt.type_bigint() }}) as hour_of_day,
    {{ total_count('count(*)') }} as order_count,
    {{ total_count('count(*) filter (where is_paid)') }} as paid_order_count,
    {{ total_amount('sum(gmv_paid)') }} as gmv_paid,
    cast({{ dbt.date_trunc('month', 'order_date') }} as date) as month_date
from timed
group by
    platform_id, currency, tier_fixed, channel, cast({{ dbt.date_trunc('month', 'order_date') }} as date),
    mod({{ dbt.datediff("cast('1970-01-05' as date)", 'order_date', 'day') }}, 7),
    cast(floor(second_of_day / 3600.0) as {{ dbt.type_bigint() }})
