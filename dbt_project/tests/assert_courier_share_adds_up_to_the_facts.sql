-- The paid GMV of all parcels and of what is not shipped is the paid GMV of the orders, in every currency.
with picked_up as (
    select * from {{ changed('fct_waybills') }} as changed
    where picked_up_date is not null
),

orders as (
    select
        platform_id,
        currency,
        sum(_sign * gmv_paid) as gmv_paid
    from {{ changed('fct_orders') }} as changed
    group by platform_id, currency
),

cells as (
    select * from {{ changed('mart_courier_share') }} as changed
),

cells_by_currency as (
    select
        platform_id,
        currency,
        sum(_sign * gmv_paid) as gmv_paid
    from cells
    group by platform_id, currency
)

{{ sums_that_differ('picked_up', 'cells', [
    ('waybill_count', '1', 'waybill_count'),
    ('weight_known_count', 'case when weight_grams >= 0 then 1 else 0 end', 'weight_known_count'),
    'weight_grams', 'freight_cost_amount',
]) }}
union all
select
    'gmv_paid' as measure,
    orders.gmv_paid as in_facts,
    cells_by_currency.gmv_paid as in_cells
from orders
left join cells_by_currency
    on
        orders.platform_id = cells_by_currency.platform_id
        and orders.currency = cells_by_currency.currency
where orders.gmv_paid <> coalesce(cells_by_currency.gmv_paid, 0)
