with picked_up as (
    select * from {{ changed('fct_waybills') }} as changed
    where picked_up_date is not null
),

carried as (
    select
        waybill_orders.gmv_paid,
        waybill_orders._sign
    from {{ changed('fct_waybill_orders') }} as waybill_orders
    inner join picked_up
        on
            waybill_orders.waybill_id = picked_up.waybill_id
            and waybill_orders._sign = picked_up._sign
),

lanes as (
    select * from {{ changed('mart_courier_lanes') }} as changed
),

merchants as (
    select * from {{ changed('mart_merchant_couriers') }} as changed
),

all_picked_up as (
    select 1 as _sign
    from {{ ref('fct_waybills') }}
    where picked_up_date is not null
),

changes as (
    select
        *,
        1 as _sign
    from {{ ref('mart_courier_changes') }}
)

{% for cells in ['lanes', 'merchants'] %}
{{ sums_that_differ('picked_up', cells, [
    ('waybill_count in ' ~ cells, '1', 'waybill_count'), 'freight_cost_amount',
]) }}
union all
{{ sums_that_differ('carried', cells, ['gmv_paid']) }}
union all
{% endfor %}
{{ sums_that_differ('all_picked_up', 'changes', [('waybill_count in changes', '1', 'waybill_count')]) }}
