{{ config(
    materialized='cells',
    meta={'cell_date': 'month_date', 'cell_keys': [
        'platform_id', 'currency', 'referrer_kind', 'province_id', 'tier_fixed',
    ]}
) }}
with orders as (
    select * from {{ rows_of('fct_orders') }}
)

select
    platform_id,
    currency,
    {{ referrer_kind() }} as referrer_kind,
    province_id,
    tier_fixed,
    {{ total_count('count(*)') }} as order_count,
    {{ total_count('count(*) filter (where is_paid)') }} as paid_order_count,
    {{ total_amount('sum(gmv_paid)') }} as gmv_paid,
    cast({{ dbt.date_trunc('month', 'order_date') }} as date) as month_date
from orders
group by
    platform_id, currency, {{ referrer_kind() }}, province_id, tier_fixed,
    cast({{ dbt.date_trunc('month', 'order_date') }} as date)
