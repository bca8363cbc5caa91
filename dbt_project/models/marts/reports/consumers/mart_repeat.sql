{#- Within so many days a second order counts as a repeat. -#}
{% set windows = [30, 60, 90] %}
with orders as (
    select * from {{ ref('fct_consumer_orders') }}
),

spans as (
    {{ whole_months('orders', 'order_date') }}
),

-- An account's first order of a month stands for the account in that month.
judged as (
    select
        orders.*,
        orders.previous_order_date is null
        or {{ month_number('orders.previous_order_date') }}
        < {{ month_number('orders.order_date') }} as is_first_of_month,
        orders.previous_order_date is null
        or {{ dbt.datediff('orders.previous_order_date', 'orders.order_date', 'day') }} > 365 as is_new,
        {{ dbt.datediff('spans.first_date', 'orders.order_date', 'day') }} >= 365 as is_new_known,
        {{ dbt.datediff('orders.order_date', 'spans.last_date', 'day') }} as days_until_now,
        {{ dbt.datediff('orders.order_date', 'orders.next_order_date', 'day') }} as days_until_next,
        {{ dbt.datediff('orders.previous_order_date', 'orders.order_date', 'day') }} as days_since_last
    from orders
    inner join spans
        on orders.platform_id = spans.platform_id
),

cells as (
    select
        platform_id,
        currency,
        tier_fixed,
        channel,
        count(*) filter (where is_first_of_month) as consumer_count,
        case
            when min(case when is_new_known then 1 else 0 end) = 1
                then count(*) filter (where is_first_of_month and is_new)
        end as new_consumer_count,
        count(*) as order_count,
        {{ total_amount('sum(gmv_paid)') }} as gmv_paid,
        case
            when min(case when is_new_known then 1 else 0 end) = 1
                then {{ total_amount('sum(case when is_new then 0 else gmv_paid end)') }}
        end as gmv_of_returning_consumers,
        count(*) filter (where order_rank = 1) as first_order_count,
        {% for days in windows %}
        count(*) filter (where order_rank = 1 and days_until_now >= {{ days }}) as mature_{{ days }}d_consumer_count,
        count(*) filter (
            where order_rank = 1 and days_until_now >= {{ days }} and days_until_next <= {{ days }}
        ) as repeat_within_{{ days }}d_consumer_count,
        {% endfor %}
        count(days_since_last) as following_order_count,
        {{ bucket_counts(hour_bucket('(days_since_last + 1) * 3600')) }} as days_between_orders_counts,
        cast({{ dbt.date_trunc('month', 'order_date') }} as date) as month_date
    from judged
    group by platform_id, currency, tier_fixed, channel, cast({{ dbt.date_trunc('month', 'order_date') }} as date)
)

select
    platform_id,
    currency,
    tier_fixed,
    channel,
    consumer_count,
    new_consumer_count,
    order_count,
    gmv_paid,
    gmv_of_returning_consumers,
    first_order_count,
    {% for days in windows %}
    mature_{{ days }}d_consumer_count,
    repeat_within_{{ days }}d_consumer_count,
    {% endfor %}
    following_order_count,
    -- The buckets of hours hold days here, one more than passed, so that none passed is a day of its own.
    {{ hour_histogram('days_between_orders_counts') }} as days_between_orders_histogram,
    month_date
from cells
