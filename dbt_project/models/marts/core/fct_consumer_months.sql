{{ config(
    materialized='incremental', incremental_strategy='replace_touched',
    meta={'number': account_number(), 'kind': 'account', 'date': 'month_date'}
) }}
-- What an account did in a month, so that the active ones can be counted without reading every order again.
with orders as (
    select
        *,
        {{ dbt.date_trunc('month', 'order_date') }} as month_date
    from {{ ref('fct_orders') }}
    where
        consumer_id is not null
        and {{ is_touched_account() }}
)

select
    consumer_id,
    platform_id,
    currency,
    tier_fixed,
    count(*) as order_count,
    count(*) filter (where is_paid) as paid_order_count,
    {{ total_amount('sum(gmv_paid)') }} as gmv_paid,
    cast(month_date as date) as month_date
from orders
group by consumer_id, platform_id, currency, tier_fixed, month_date
