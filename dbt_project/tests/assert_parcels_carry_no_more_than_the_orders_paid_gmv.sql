-- What no parcel carries is not shipped; an order whose every line is in a parcel is carried whole.
with orders as (
    select * from {{ tested_rows('fct_orders') }}
),

parcels as (
    select
        waybill_orders.order_id,
        sum(waybill_orders.gmv_paid) as gmv_paid,
        sum(waybill_orders.line_count) as line_count,
        count(*) filter (where waybill_orders.is_line_known) as known_count
    from {{ tested_rows('fct_waybill_orders') }} as waybill_orders
    inner join {{ tested_rows('fct_waybills') }} as waybills
        on waybill_orders.waybill_id = waybills.waybill_id
    where waybills.purpose = 'sale'
    group by waybill_orders.order_id
)

select
    orders.order_id,
    orders.gmv_paid,
    parcels.gmv_paid as gmv_paid_in_parcels
from parcels
inner join orders
    on parcels.order_id = orders.order_id
where
    abs(parcels.gmv_paid) > abs(orders.gmv_paid)
    or (parcels.known_count = 0 and parcels.gmv_paid <> orders.gmv_paid)
