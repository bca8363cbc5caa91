with scores as (
    select * from {{ ref('fct_consumer_scores') }}
)

select
    platform_id,
    currency,
    segment,
    count(*) as segment_consumer_count,
    {{ total_count('sum(order_count)') }} as order_count,
    {{ total_amount('sum(gmv_paid)') }} as gmv_paid,
    {{ total_count('sum(recency_days)') }} as recency_days,
    month_date
from scores
group by platform_id, currency, segment, month_date
