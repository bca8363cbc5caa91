{#- An account is judged so many days after the month of its first order is over, and seen again so many months on. -#}
{% set windows = [60, 90] %}
{% set months_on = 3 %}
-- What the platform added to an account's first order stands beside what became of the account. The two go together;
-- one is no cause of the other: who is given a subsidy differs from who is not.
with orders as (
    select
        *,
        {{ month_number('order_date') }} as month_number,
        {{ month_number('first_order_date') }} as cohort_number
    from {{ ref('fct_consumer_orders') }}
),

placed as (
    select * from {{ ref('fct_orders') }}
),

spans as (
    {{ whole_months('orders', 'order_date') }}
),

-- Once per account, however often it ordered in that month.
seen_again as (
    select distinct consumer_id
    from orders
    where month_number = cohort_number + {{ months_on }}
),

first_orders as (
    select
        orders.platform_id,
        orders.currency,
        orders.channel,
        orders.tier_fixed,
        case when placed.platform_subsidy_amount > 0 then 'subsidised' else 'not_subsidised' end as first_order_subsidy,
        coalesce(placed.platform_subsidy_amount, 0) as platform_subsidy_amount,
        {{ dbt.datediff('orders.order_date', 'orders.next_order_date', 'day') }} as days_until_next,
        seen_again.consumer_id is not null as is_seen_again,
        orders.cohort_number
    from orders
    inner join placed
        on orders.order_id = placed.order_id
    left join seen_again
        on orders.consumer_id = seen_again.consumer_id
    where orders.order_rank = 1 and placed.is_paid
),

cohorts as (
    select
        platform_id,
        currency,
        channel,
        tier_fixed,
        first_order_subsidy,
        cohort_number,
        {{ total_count('count(*)') }} as won_consumer_count,
        {{ total_amount('sum(platform_subsidy_amount)') }} as first_order_subsidy_amount,
        {% for days in windows %}
        {{ total_count('count(*) filter (where days_until_next <= ' ~ days ~ ')') }} as back_within_{{ days }}d_count,
        {% endfor %}
        {{ total_count('count(*) filter (where is_seen_again)') }} as seen_again_count
    from first_orders
    group by platform_id, currency, channel, tier_fixed, first_order_subsidy, cohort_number
)

{% set month_after = month_of_number('cohorts.cohort_number + 1') -%}
select
    cohorts.platform_id,
    cohorts.currency,
    cohorts.channel,
    cohorts.tier_fixed,
    cohorts.first_order_subsidy,
    cohorts.won_consumer_count,
    cohorts.first_order_subsidy_amount,
    {% for days in windows %}
    -- Of a month that is not old enough to its last day, nothing is said.
    case
        when {{ dbt.datediff(month_after, 'spans.last_date', 'day') }} >= {{ days - 1 }}
            then cohorts.back_within_{{ days }}d_count
    end as won_back_within_{{ days }}d_count,
    {% endfor %}
    case
        when cohorts.cohort_number + {{ months_on }} <= spans.last_whole_month_number then cohorts.seen_again_count
    end as won_retained_count,
    {{ month_of_number('cohorts.cohort_number') }}
    < cast({{ dbt.dateadd('day', 365, 'spans.first_date') }} as date) as is_left_censored,
    {{ month_of_number('cohorts.cohort_number') }} as month_date
from cohorts
inner join spans
    on cohorts.platform_id = spans.platform_id
where cohorts.cohort_number >= spans.first_whole_month_number
