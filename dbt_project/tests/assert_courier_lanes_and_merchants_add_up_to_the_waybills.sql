with picked_up as (
    select * from {{ ref('fct_waybills') }}
    where picked_up_date is not null
),

carried as (
    select waybill_orders.gmv_paid
    from {{ ref('fct_waybill_orders') }} as waybill_orders
    inner join picked_up
        on waybill_orders.waybill_id = picked_up.waybill_id
),

lanes as (
    select * from {{ ref('mart_courier_lanes') }}
),

merchants as (
    select * from {{ ref('mart_merchant_couriers') }}
),

changes as (
    select * from {{ ref('mart_courier_changes') }}
)

{% for cells in ['lanes', 'merchants'] %}
{{ sums_that_differ('picked_up', cells, [
    ('waybill_count in ' ~ cells, '1', 'waybill_count'), 'freight_cost_amount',
]) }}
union all
{{ sums_that_differ('carried', cells, ['gmv_paid']) }}
union all
{% endfor %}
{{ sums_that_differ('picked_up', 'changes', [('waybill_count in changes', '1', 'waybill_count')]) }}
