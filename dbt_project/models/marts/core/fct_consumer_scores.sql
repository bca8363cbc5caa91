-- Scores are quintiles within platform, currency and month; equal values have equal scores, so a fifth may be larger.
with orders as (
    select * from {{ ref('fct_consumer_orders') }}
),

segments as (
    select * from {{ ref('rfm_segments') }}
),

spans as (
    {{ whole_months('orders', 'order_date') }}
),

months as (
    select distinct
        orders.platform_id,
        {{ month_number('orders.order_date') }} as month_number
    from orders
),

-- Whole months whose last day has 365 loaded days up to it.
ends as (
    select
        months.platform_id,
        months.month_number,
        spans.first_date,
        cast({{ dbt.dateadd('day', -1, month_of_number('(months.month_number + 1)')) }} as date) as last_date
    from months
    inner join spans
        on months.platform_id = spans.platform_id and months.month_number <= spans.last_whole_month_number
),

judged as (
    select *
    from ends
    where {{ dbt.datediff('first_date', 'last_date', 'day') }} >= 364
),

activity as (
    select
        orders.consumer_id,
        orders.platform_id,
        orders.currency,
        judged.month_number,
        {{ dbt.datediff('max(orders.order_date)', 'max(judged.last_date)', 'day') }} as recency_days,
        count(*) as order_count,
        {{ total_amount('sum(orders.gmv_paid)') }} as gmv_paid
    from orders
    inner join judged
        on
            orders.platform_id = judged.platform_id
            and orders.order_date <= judged.last_date
            and orders.order_date > cast({{ dbt.dateadd('day', -365, 'judged.last_date') }} as date)
    group by orders.consumer_id, orders.platform_id, orders.currency, judged.month_number
),

{% set alike = 'partition by platform_id, currency, month_number' -%}
ranked as (
    select
        *,
        count(*) over ({{ alike }}) as consumer_count,
        rank() over ({{ alike }} order by recency_days desc) - 1 as recency_rank,
        rank() over ({{ alike }} order by order_count) - 1 as frequency_rank,
        rank() over ({{ alike }} order by gmv_paid) - 1 as monetary_rank
    from activity
),

scored as (
    select
        *,
        cast({{ divide_whole('5 * recency_rank', 'consumer_count') }} + 1 as {{ dbt.type_bigint() }}) as recency_score,
        cast(
            {{ divide_whole('5 * frequency_rank', 'consumer_count') }} + 1 as {{ dbt.type_bigint() }}
        ) as frequency_score,
        cast({{ divide_whole('5 * monetary_rank', 'consumer_count') }} + 1 as {{ dbt.type_bigint() }}) as monetary_score
    from ranked
)

select
    scored.consumer_id,
    scored.platform_id,
    scored.currency,
    segments.segment,
    scored.recency_score,
    scored.frequency_score,
    scored.monetary_score,
    cast(scored.recency_days as {{ dbt.type_bigint() }}) as recency_days,
    scored.order_count,
    scored.gmv_paid,
    {{ month_of_number('scored.month_number') }} as month_date
from scored
inner join segments
    on scored.recency_score = segments.recency_score and scored.frequency_score = segments.frequency_score
