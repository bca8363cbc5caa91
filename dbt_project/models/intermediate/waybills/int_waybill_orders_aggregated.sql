with waybill_orders as (
    select * from {{ ref('int_waybill_orders_exploded') }}
),

orders as (
    select * from {{ ref('int_orders_resolved') }}
),

-- Structs compare field by field, so the greatest is the latest-paid order.
described as (
    select
        waybill_orders.waybill_id,
        orders.placed_at,
        orders.paid_at,
        orders.clock_started_at,
        orders.promised_delivery_at,
        {{ struct_of({
            'certainty': 'case when orders.order_id is null then 0 when orders.paid_at is null then 1 else 2 end',
            'at': 'coalesce(orders.paid_at, orders.placed_at)',
            'order_id': 'waybill_orders.order_id',
            'adcode': 'orders.adcode',
            'province_id': 'orders.province_id',
            'place_id': 'orders.place_id',
            'country_code': 'orders.country_code',
            'channel': 'orders.channel',
            'currency': 'orders.currency',
        }) }} as described_order
    from waybill_orders
    left join orders
        on waybill_orders.order_id = orders.order_id
),

aggregated as (
    select
        waybill_id,
        max(described_order) as latest_order,
        count(*) as order_count,
        max(placed_at) as placed_at,
        max(paid_at) as paid_at,
        max(clock_started_at) as clock_started_at,
        max(promised_delivery_at) as promised_delivery_at
    from described
    group by waybill_id
)

select
    waybill_id,
    latest_order.adcode,
    latest_order.province_id,
    latest_order.place_id,
    latest_order.country_code,
    latest_order.channel,
    latest_order.currency,
    order_count,
    placed_at,
    paid_at,
    clock_started_at,
    promised_delivery_at
from aggregated
