{{ config(
    materialized='incremental', incremental_strategy='replace_touched',
    meta={'number': 'order_number', 'kind': 'order', 'date': 'order_date'}
) }}
with orders as (
    select * from {{ ref('int_orders_resolved') }}
),

valued as (
    select * from {{ ref('int_orders_valued') }}
),

delivered as (
    select * from {{ ref('int_orders_delivered') }}
),

fixed_tiers as (
    select * from {{ ref('dim_city_tiers') }}
    where is_fixed_list
)

select
    orders.order_id,
    orders.platform_id,
    orders.provider_id,
    orders.consumer_id,
    orders.referrer_id,
    orders.adcode,
    orders.province_id,
    orders.currency,
    orders.order_number,
    orders.country_code,
    orders.home_country_code,
    orders.channel,
    orders.status,
    orders.group_status,
    {{ city_tier(
        'orders.home_country_code', 'orders.country_code', 'orders.province_id', 'orders.adcode', 'fixed_tiers.tier'
    ) }} as tier_fixed,
    valued.line_count,
    valued.gmv_placed,
    valued.gmv_paid,
    valued.gmv_net,
    valued.gmv_received,
    valued.paid_amount,
    valued.postage_amount,
    valued.platform_subsidy_amount,
    valued.refunded_amount,
    valued.cost_amount,
    orders.partner_discount_amount,
    orders.commission_amount,
    orders.payment_fee_amount,
    orders.is_paid,
    orders.is_cancelled,
    orders.is_cash_on_delivery,
    orders.is_received,
    orders.order_date,
    orders.payment_date,
    orders.placed_at,
    orders.paid_at,
    orders.clock_started_at,
    orders.received_at,
    orders.cancelled_at,
    coalesce(delivered.first_picked_up_at, orders.picked_up_at) as first_picked_up_at,
    coalesce(delivered.first_delivered_at, orders.delivered_at) as first_delivered_at,
    case
        when delivered.order_id is null then orders.delivered_at
        else delivered.last_delivered_at
    end as last_delivered_at,
    orders.promised_delivery_at,
    orders.updated_at
from orders
inner join valued
    on orders.order_id = valued.order_id
left join delivered
    on orders.order_id = delivered.order_id
left join fixed_tiers
    on orders.adcode = fixed_tiers.adcode
