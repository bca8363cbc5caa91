-- Where a provider sends no parcels, each merchant of an order sent one.
with order_lines as (
    select * from {{ ref('int_order_lines_resolved') }}
),

orders as (
    select * from {{ ref('int_orders_resolved') }}
)

select
    order_lines.platform_id || ':' || order_lines.order_number || ':' || order_lines.merchant_code as waybill_id,
    orders.order_id,
    orders.provider_id,
    orders.platform_id,
    order_lines.merchant_id,
    orders.picked_up_at,
    orders.delivered_at,
    min(order_lines.promised_ship_at) as promised_ship_at,
    max(orders._load_id) as _load_id
from order_lines
inner join orders
    on order_lines.order_id = orders.order_id
where not orders.has_waybills
group by
    order_lines.platform_id,
    order_lines.order_number,
    order_lines.merchant_code,
    orders.order_id,
    orders.provider_id,
    orders.platform_id,
    order_lines.merchant_id,
    orders.picked_up_at,
    orders.delivered_at
