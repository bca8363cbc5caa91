{{ config(
    materialized='incremental', incremental_strategy='replace_touched',
    meta={'number': account_number(), 'kind': 'account', 'date': 'month_date'}
) }}
-- What an account did in a month, so that the active ones can be counted without reading every order again.
with orders as (
    select
        platform_id,
        consumer_id,
        currency,
        adcode,
        province_id,
        country_code,
        gmv_paid,
        is_paid,
        order_date
    from {{ ref('fct_orders') }}
    where
        consumer_id is not null
        and {{ is_touched_account() }}
),

{{ tier_list_ctes() }},

tiered as (
    select
        orders.platform_id,
        orders.consumer_id,
        orders.currency,
        orders.gmv_paid,
        orders.is_paid,
        {{ dbt.date_trunc('month', 'orders.order_date') }} as month_date,
        {{ city_tier(
            'orders.country_code', 'orders.province_id', 'orders.adcode',
            'fixed_tiers.tier', 'fixed_list.is_complete_list'
        ) }} as tier_fixed
    from orders
    left join fixed_list
        on true
    left join fixed_tiers
        on orders.adcode = fixed_tiers.adcode
)

select
    consumer_id,
    platform_id,
    currency,
    tier_fixed,
    count(*) as order_count,
    count(*) filter (where is_paid) as paid_order_count,
    cast(sum(gmv_paid) as decimal(18, 2)) as gmv_paid,
    cast(month_date as date) as month_date
from tiered
group by consumer_id, platform_id, currency, tier_fixed, month_date
