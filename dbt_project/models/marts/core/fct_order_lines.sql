{{ config(
    materialized='incremental', incremental_strategy='replace_touched',
    meta={'number': "order_number", 'kind': 'order', 'date': 'order_date'}
) }}
with order_lines as (
    select * from {{ ref('int_order_lines_valued') }}
),

products as (
    select * from {{ ref('int_products_resolved') }}
),

fixed_tiers as (
    select * from {{ ref('dim_city_tiers') }}
    where is_fixed_list
)

select
    order_lines.order_line_id,
    order_lines.order_id,
    order_lines.platform_id,
    order_lines.provider_id,
    order_lines.merchant_id,
    order_lines.product_id,
    products.category_id,
    order_lines.consumer_id,
    order_lines.adcode,
    order_lines.currency,
    order_lines.order_number,
    order_lines.order_line_number,
    order_lines.channel,
    {{ city_tier(
        'order_lines.home_country_code', 'order_lines.country_code', 'order_lines.province_id', 'order_lines.adcode',
        'fixed_tiers.tier'
    ) }} as tier_fixed,
    order_lines.unit_count,
    cast(order_lines.goods_amount as decimal(18, 2)) as goods_amount,
    order_lines.cost_amount,
    cast(order_lines.gmv_placed as decimal(18, 2)) as gmv_placed,
    cast(order_lines.gmv_paid as decimal(18, 2)) as gmv_paid,
    cast(order_lines.gmv_net as decimal(18, 2)) as gmv_net,
    cast(order_lines.gmv_received as decimal(18, 2)) as gmv_received,
    cast(order_lines.platform_subsidy_amount as decimal(18, 2)) as platform_subsidy_amount,
    cast(order_lines.refunded_amount as decimal(18, 2)) as refunded_amount,
    order_lines.is_paid,
    order_lines.order_date,
    order_lines.payment_date,
    order_lines.placed_at,
    order_lines.paid_at,
    order_lines.promised_ship_at
from order_lines
left join products
    on order_lines.product_id = products.product_id
left join fixed_tiers
    on order_lines.adcode = fixed_tiers.adcode
