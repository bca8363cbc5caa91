-- Everything is counted at its own time, so that the same hour of two days compares: what was paid for today, not what
-- was ordered today and has been paid for since.
with orders as (
    select * from {{ ref('fct_orders') }}
),

waybills as (
    select * from {{ ref('fct_waybills') }}
),

providers as (
    select * from {{ ref('dim_providers') }}
),

platforms as (
    select * from {{ ref('dim_platforms') }}
),

newest as (
    select max(as_of_at) as as_of_at
    from providers
),

parcels as (
    select *
    from waybills
    where purpose = 'sale' and {{ is_in_delivery_cohort() }}
),

happened as (
    {% for measure, table, date, time, amount, condition in [
        ('order_count', 'orders', 'order_date', 'placed_at', '1', 'true'),
        ('gmv_paid_by_payment_date', 'orders', 'payment_date', 'paid_at', 'gmv_paid', 'is_paid'),
        ('picked_up_count', 'parcels', 'picked_up_date', 'picked_up_at', '1', 'true'),
        ('delivered_count', 'parcels', 'delivered_date', 'delivered_at', '1', 'true'),
    ] %}
    select
        provider_id,
        platform_id,
        currency,
        {{ date }} as calendar_date,
        {{ time }} as happened_at,
        {{ amount if measure == 'order_count' else 0 }} as order_count,
        {{ amount if measure == 'gmv_paid_by_payment_date' else 0 }} as gmv_paid_by_payment_date,
        {{ amount if measure == 'picked_up_count' else 0 }} as picked_up_count,
        {{ amount if measure == 'delivered_count' else 0 }} as delivered_count
    from {{ table }}
    where {{ date }} is not null and {{ time }} is not null and {{ condition }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

-- A provider whose newest record is of an earlier day says nothing of today, nor of the same hours of other days.
dated as (
    select
        happened.*,
        coalesce(platforms.time_zone, providers.time_zone) as time_zone,
        providers.as_of_at,
        newest.as_of_at as newest_at
    from happened
    left join providers
        on happened.provider_id = providers.provider_id
    left join platforms
        on happened.platform_id = platforms.platform_id
    cross join newest
),

placed as (
    select
        *,
        {{ local_date('as_of_at', 'time_zone') }} as as_of_date,
        {{ local_date('newest_at', 'time_zone') }} as today,
        {{ local_second_of_day('as_of_at', 'time_zone') }} as as_of_second,
        {{ local_second_of_day('happened_at', 'time_zone') }} as second_of_day
    from dated
)

select
    provider_id,
    platform_id,
    currency,
    cast(floor(second_of_day / 3600.0) as {{ dbt.type_bigint() }}) as hour_of_day,
    {{ total_count('sum(order_count)') }} as order_count,
    {{ total_amount('sum(gmv_paid_by_payment_date)') }} as gmv_paid_by_payment_date,
    {{ total_count('sum(picked_up_count)') }} as picked_up_count,
    {{ total_count('sum(delivered_count)') }} as delivered_count,
    coalesce(as_of_date = today and second_of_day <= as_of_second, false) as is_so_far,
    calendar_date
from placed
where calendar_date > today - 15 and calendar_date <= today
group by
    provider_id, platform_id, currency, calendar_date, cast(floor(second_of_day / 3600.0) as {{ dbt.type_bigint() }}),
    coalesce(as_of_date = today and second_of_day <= as_of_second, false)
