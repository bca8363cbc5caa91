{{ config(
    materialized='incremental', incremental_strategy='replace_touched',
    meta={'number': account_number(), 'kind': 'account', 'date': 'order_date'}
) }}
-- An account's orders in their order, so that who comes back is counted without ordering them again.
with orders as (
    select *
    from {{ ref('fct_orders') }}
    where
        consumer_id is not null
        and {{ is_touched_account() }}
),

{% set in_order = 'over (partition by consumer_id order by placed_at, order_id)' -%}
followed as (
    select
        *,
        row_number() {{ in_order }} as order_rank,
        first_value(currency) {{ in_order }} as first_currency,
        first_value(tier_fixed) {{ in_order }} as first_tier_fixed,
        first_value(channel) {{ in_order }} as first_channel,
        first_value(order_date) {{ in_order }} as first_order_date,
        lag(order_date) {{ in_order }} as previous_order_date,
        lead(order_date) {{ in_order }} as next_order_date
    from orders
)

select
    order_id,
    consumer_id,
    platform_id,
    currency,
    first_currency,
    tier_fixed,
    first_tier_fixed,
    channel,
    first_channel,
    cast(order_rank as {{ dbt.type_bigint() }}) as order_rank,
    gmv_paid,
    order_date,
    first_order_date,
    previous_order_date,
    next_order_date
from followed
