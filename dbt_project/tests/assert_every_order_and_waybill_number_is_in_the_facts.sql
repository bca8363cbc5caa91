with missing_orders as (
    select orders.order_id as id
    from {{ ref('stg_orders') }} as orders
    left join {{ ref('fct_orders') }} as facts
        on orders.order_id = facts.order_id
    left join {{ ref('fct_set_aside_rows') }} as set_aside
        on orders.order_id = set_aside.row_id and set_aside.entity = 'orders'
    where {{ is_to_be_found('orders._load_id') }} and facts.order_id is null and set_aside.row_id is null
),

missing_waybills as (
    select waybills.waybill_id as id
    from {{ ref('stg_waybills') }} as waybills
    left join {{ ref('fct_waybills') }} as facts
        on waybills.waybill_id = facts.waybill_id
    where {{ is_to_be_found('waybills._load_id') }} and facts.waybill_id is null
),

missing_tracked as (
    select tracked.waybill_id as id
    from {{ part_or_all_scans('int_waybill_events_aggregated', of='is_retracted is not true') }} as tracked
    left join {{ ref('fct_waybills') }} as facts
        on tracked.waybill_id = facts.waybill_id
    where facts.waybill_id is null
)

select id from missing_orders
union all
select id from missing_waybills
union all
select id from missing_tracked
