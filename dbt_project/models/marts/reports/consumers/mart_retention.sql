-- A row for every month that has passed since a cohort's: where nobody came back it says 0; what is to come has none.
with orders as (
    select
        *,
        {{ month_number('order_date') }} as month_number,
        {{ month_number('first_order_date') }} as cohort_number,
        previous_order_date is null
        or {{ month_number('previous_order_date') }} < {{ month_number('order_date') }} as is_first_of_month
    from {{ ref('fct_consumer_orders') }}
),

spans as (
    {{ whole_months('orders', 'order_date') }}
),

cohorts as (
    select
        platform_id,
        first_currency,
        first_tier_fixed,
        first_channel,
        cohort_number,
        count(*) as consumer_count
    from orders
    where order_rank = 1
    group by platform_id, first_currency, first_tier_fixed, first_channel, cohort_number
),

months as (
    select distinct
        orders.platform_id,
        orders.month_number
    from orders
    inner join spans
        on orders.platform_id = spans.platform_id
    where orders.month_number between spans.first_whole_month_number and spans.last_whole_month_number
),

activity as (
    select
        platform_id,
        first_currency,
        first_tier_fixed,
        first_channel,
        cohort_number,
        month_number,
        count(*) filter (where is_first_of_month) as retained_consumer_count,
        count(*) as order_count,
        sum(case when currency = first_currency then gmv_paid else 0 end) as gmv_paid
    from orders
    group by platform_id, first_currency, first_tier_fixed, first_channel, cohort_number, month_number
),

passed as (
    select
        cohorts.*,
        months.month_number,
        months.month_number - cohorts.cohort_number as months_since,
        coalesce(activity.retained_consumer_count, 0) as retained_consumer_count,
        coalesce(activity.order_count, 0) as order_count,
        coalesce(activity.gmv_paid, 0) as gmv_paid
    from cohorts
    inner join months
        on cohorts.platform_id = months.platform_id and cohorts.cohort_number <= months.month_number
    left join activity
        on
            cohorts.platform_id = activity.platform_id
            and cohorts.first_currency = activity.first_currency
            and cohorts.first_tier_fixed = activity.first_tier_fixed
            and cohorts.first_channel = activity.first_channel
            and cohorts.cohort_number = activity.cohort_number
            and months.month_number = activity.month_number
),

added_up as (
    select
        *,
        sum(gmv_paid) over (
            partition by platform_id, first_currency, first_tier_fixed, first_channel, cohort_number
            order by month_number
            rows between unbounded preceding and current row
        ) as gmv_paid_to_date
    from passed
)

select
    added_up.platform_id,
    added_up.first_currency as currency,
    added_up.first_tier_fixed as tier_fixed,
    added_up.first_channel as channel,
    cast(added_up.months_since as {{ dbt.type_bigint() }}) as months_since,
    {{ total_count('added_up.consumer_count') }} as cohort_consumer_count,
    {{ total_count('added_up.retained_consumer_count') }} as retained_consumer_count,
    {{ total_count('added_up.order_count') }} as order_count,
    {{ total_amount('added_up.gmv_paid_to_date') }} as gmv_paid_to_date,
    {{ month_of_number('added_up.cohort_number') }}
    < cast({{ dbt.dateadd('day', 365, 'spans.first_date') }} as date) as is_left_censored,
    {{ month_of_number('added_up.cohort_number') }} as month_date
from added_up
inner join spans
    on added_up.platform_id = spans.platform_id
where added_up.cohort_number >= spans.first_whole_month_number
