-- A consumer is one account on one platform: active accounts are those that came by then less those that ceased.
with steps as (
    select
        *,
        {{ month_number('month_date') }} as month_number
    from {{ ref('fct_consumer_steps') }}
),

orders as (
    select
        platform_id,
        order_date
    from {{ ref('fct_orders') }}
    where consumer_id is not null
),

spans as (
    {{ whole_months('orders', 'order_date') }}
),

series as (
    select distinct
        platform_id,
        currency,
        tier_group,
        window_months
    from steps
),

-- Every month since the platform's first one, so that a series has no hole where nobody came or left.
months as (
    select distinct
        platform_id,
        month_number
    from steps
    where order_count > 0
),

filled as (
    select
        platform_id,
        currency,
        tier_group,
        window_months,
        month_number,
        active_step,
        paying_step,
        order_step,
        gmv_step
    from steps
    union all
    select
        series.platform_id,
        series.currency,
        series.tier_group,
        series.window_months,
        months.month_number,
        0 as active_step,
        0 as paying_step,
        0 as order_step,
        0 as gmv_step
    from series
    inner join months
        on series.platform_id = months.platform_id
),

changes as (
    select
        platform_id,
        currency,
        tier_group,
        window_months,
        month_number,
        sum(active_step) as active_step,
        sum(paying_step) as paying_step,
        sum(order_step) as order_step,
        sum(gmv_step) as gmv_step
    from filled
    group by platform_id, currency, tier_group, window_months, month_number
),

{% set to_date -%}
    over (
            partition by platform_id, currency, tier_group, window_months
            order by month_number
            rows between unbounded preceding and current row
        )
{%- endset -%}
added_up as (
    select
        *,
        sum(active_step) {{ to_date }} as active_consumer_count,
        sum(paying_step) {{ to_date }} as paying_consumer_count,
        sum(order_step) {{ to_date }} as order_count,
        sum(gmv_step) {{ to_date }} as gmv_paid
    from changes
),

dated as (
    select
        added_up.*,
        added_up.month_number - added_up.window_months + 1 >= spans.first_whole_month_number
        and added_up.month_number <= spans.last_whole_month_number as is_whole_window
    from added_up
    inner join spans
        on added_up.platform_id = spans.platform_id
    where added_up.month_number <= spans.last_month_number
)

select
    platform_id,
    currency,
    tier_group,
    cast(window_months as {{ dbt.type_bigint() }}) as window_months,
    {{ total_count('case when is_whole_window then active_consumer_count end') }} as active_consumer_count,
    {{ total_count('case when is_whole_window then paying_consumer_count end') }} as paying_consumer_count,
    {{ total_count('case when is_whole_window then order_count end') }} as order_count,
    {{ total_amount('case when is_whole_window then gmv_paid end') }} as gmv_paid,
    is_whole_window,
    {{ month_of_number('month_number') }} as month_date
from dated
