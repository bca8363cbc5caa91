{{ config(
    materialized='cells',
    meta={'cell_date': 'month_date', 'cell_keys': ['platform_id', 'tier_fixed']}
) }}
-- A group that is still forming is neither: it counts once it is.
with orders as (
    select * from {{ rows_of('fct_orders') }}
    where group_status in ('formed', 'failed')
)

select
    platform_id,
    tier_fixed,
    {{ total_count('count(*)') }} as ended_group_order_count,
    {{ total_count("count(*) filter (where group_status = 'formed')") }} as formed_group_order_count,
    cast({{ dbt.date_trunc('month', 'order_date') }} as date) as month_date
from orders
group by platform_id, tier_fixed, cast({{ dbt.date_trunc('month', 'order_date') }} as date)
