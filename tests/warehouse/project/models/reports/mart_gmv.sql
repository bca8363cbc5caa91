select
    order_date as calendar_date,
    platform_id,
    sum(gmv_paid)::decimal(18, 2) as gmv_paid,
    count(*) as order_count,
    count(*) filter (where gmv_paid > 10) as large_order_count
from {{ ref('fct_orders') }}
group by all
