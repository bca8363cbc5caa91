-- An order is delivered when each of its parcels is; parcels whose label was cancelled never travelled.
with waybill_orders as (
    select * from {{ ref('int_waybill_orders_exploded') }}
),

waybills as (
    select * from {{ ref('int_waybills_tracked') }}
)

select
    waybill_orders.order_id,
    min(waybills.picked_up_at) as first_picked_up_at,
    min(waybills.delivered_at) as first_delivered_at,
    case when count(*) = count(waybills.delivered_at) then max(waybills.delivered_at) end as last_delivered_at
from waybill_orders
left join waybills
    on waybill_orders.waybill_id = waybills.waybill_id
where
    waybill_orders.purpose = 'sale'
    and waybills.cancelled_at is null
group by waybill_orders.order_id
