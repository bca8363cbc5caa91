{{ config(
    materialized='incremental', incremental_strategy='replace_touched',
    meta={'number': 'order_number', 'kind': 'order', 'date': 'order_date'}
) }}
with lines as (
    select * from {{ rows_of('fct_order_lines') }}
),

orders as (
    select * from {{ rows_of('fct_orders') }}
),

products as (
    select * from {{ ref('dim_products') }}
),

last_load as (
    select max(load_id) as load_id from {{ ref('fct_loads') }}
)

select
    lines.merchant_id,
    lines.order_line_id,
    {{ merchant_pseudonym('lines.merchant_id', 'lines.consumer_id') }} as consumer_pseudonym,
    products.category_id,
    orders.adcode,
    orders.province_id,
    orders.country_code,
    lines.currency,
    lines.order_number,
    lines.order_line_number,
    products.product_code,
    products.brand_name,
    lines.channel,
    orders.status as order_status,
    lines.unit_count,
    lines.goods_amount,
    lines.gmv_placed,
    lines.gmv_paid,
    lines.gmv_net,
    lines.gmv_received,
    lines.platform_subsidy_amount,
    lines.refunded_amount,
    lines.is_paid,
    lines.order_date,
    lines.payment_date,
    lines.placed_at,
    lines.paid_at,
    lines.promised_ship_at,
    last_load.load_id as _load_id
from lines
cross join last_load
inner join orders
    on lines.order_id = orders.order_id
left join products
    on lines.product_id = products.product_id
