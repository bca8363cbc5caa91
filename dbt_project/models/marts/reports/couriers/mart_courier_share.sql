{{ config(
    materialized='cells',
    meta={'cell_date': 'calendar_date', 'cell_keys': [
        'platform_id', 'courier_id', 'currency', 'waybill_system', 'tier_fixed', 'purpose',
    ]}
) }}
with waybills as (
    select * from {{ rows_of('fct_waybills') }}
),

waybill_orders as (
    select * from {{ rows_of('fct_waybill_orders') }}
),

orders as (
    select * from {{ rows_of('fct_orders') }}
),

-- Volume and cost stand at the parcel's pickup.
carried as (
    select
        waybills.platform_id,
        waybills.courier_id,
        waybills.currency,
        waybills.waybill_system,
        waybills.tier_fixed,
        waybills.purpose,
        count(*) as waybill_count,
        count(waybills.freight_cost_amount) as freight_known_count,
        count(waybills.weight_grams) as weight_known_count,
        sum(waybills.weight_grams) as weight_grams,
        sum(waybills.freight_cost_amount) as freight_cost_amount,
        {{ total_amount('null') }} as gmv_paid,
        waybills.picked_up_date as calendar_date
    from waybills
    where waybills.picked_up_date is not null
    group by
        waybills.platform_id, waybills.courier_id, waybills.currency,
        waybills.waybill_system, waybills.tier_fixed, waybills.purpose, waybills.picked_up_date
),

-- Paid GMV stands at its order's date, city and currency, so that it adds up to the orders'; sales alone carry it.
parcels as (
    select
        waybill_orders.order_id,
        waybills.courier_id,
        waybills.waybill_system,
        waybill_orders.gmv_paid
    from waybill_orders
    inner join waybills
        on waybill_orders.waybill_id = waybills.waybill_id
    where waybill_orders.gmv_paid <> 0
),

shipped as (
    select
        order_id,
        sum(gmv_paid) as gmv_paid
    from parcels
    group by order_id
),

parts as (
    select
        order_id,
        courier_id,
        waybill_system,
        gmv_paid
    from parcels
    union all
    select
        orders.order_id,
        'not_shipped' as courier_id,
        'not_shipped' as waybill_system,
        orders.gmv_paid - coalesce(shipped.gmv_paid, 0) as gmv_paid
    from orders
    left join shipped
        on orders.order_id = shipped.order_id
    where orders.gmv_paid <> coalesce(shipped.gmv_paid, 0)
),

paid as (
    select
        orders.platform_id,
        parts.courier_id,
        orders.currency,
        parts.waybill_system,
        orders.tier_fixed,
        'sale' as purpose,
        0 as waybill_count,
        0 as freight_known_count,
        0 as weight_known_count,
        null as weight_grams,
        null as freight_cost_amount,
        sum(parts.gmv_paid) as gmv_paid,
        orders.order_date as calendar_date
    from parts
    inner join orders
        on parts.order_id = orders.order_id
    group by
        orders.platform_id, parts.courier_id, orders.currency, parts.waybill_system, orders.tier_fixed,
        orders.order_date
),

dated as (
    select * from carried
    union all
    select * from paid
)

select
    platform_id,
    courier_id,
    currency,
    waybill_system,
    tier_fixed,
    purpose,
    {{ total_count('sum(waybill_count)') }} as waybill_count,
    {{ total_count('sum(freight_known_count)') }} as freight_known_count,
    {{ total_count('sum(weight_known_count)') }} as weight_known_count,
    {{ total_count('coalesce(sum(weight_grams), 0)') }} as weight_grams,
    {{ total_amount('coalesce(sum(freight_cost_amount), 0)') }} as freight_cost_amount,
    {{ total_amount('coalesce(sum(gmv_paid), 0)') }} as gmv_paid,
    calendar_date
from dated
group by platform_id, courier_id, currency, waybill_system, tier_fixed, purpose, calendar_date
