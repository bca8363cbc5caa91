{#- Relation: waybill_id, order_numbers: which orders the parcels of a relation carry, joined by a bar. Needs the CTEs
    waybill_orders and orders. -#}
{% macro order_numbers_of(waybills) -%}
    select
        waybill_orders.waybill_id,
        {{ sorted_text('orders.order_number', "'|'") }} as order_numbers
    from waybill_orders
    inner join orders
        on waybill_orders.order_id = orders.order_id
    where waybill_orders.waybill_id in (select waybill_id from {{ waybills }})
    group by waybill_orders.waybill_id
{%- endmacro %}
