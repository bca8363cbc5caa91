{{ config(
    materialized='incremental', incremental_strategy='replace_touched',
    meta={
        'number': "substr(order_id, length(split_part(order_id, ':', 1)) + 2)", 'kind': 'order',
        'date': '(select max(orders.order_date) from core.fct_orders as orders where orders.order_id = made.order_id)',
    }
) }}
{{ after('fct_orders') -}}
with waybill_orders as (
    select * from {{ ref('int_waybill_orders_valued') }}
)

select
    waybill_orders.waybill_id,
    waybill_orders.order_id,
    waybill_orders.line_count,
    waybill_orders.gmv_paid,
    waybill_orders.is_line_known
from waybill_orders
