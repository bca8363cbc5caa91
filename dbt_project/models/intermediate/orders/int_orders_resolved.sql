{{ config(materialized='view') }}
with orders as (
    select * from {{ ref('int_orders_chosen') }}
),

set_aside as (
    select * from {{ ref('int_order_rows_set_aside') }}
    where entity = 'orders'
)

select orders.*
from orders
left join set_aside
    on orders.order_id = set_aside.row_id
where set_aside.row_id is null
