{{ config(
    materialized='incremental', incremental_strategy='replace_touched',
    meta={'number': "substr(order_id, length(split_part(order_id, ':', 1)) + 2)", 'kind': 'order', 'date': 'order_date'}
) }}
-- Each part is known or null; what adds up is known where all its parts are.
with orders as (
    select * from {{ rows_of('fct_orders') }}
    where is_paid
),

lines as (
    select * from {{ rows_of('fct_order_lines') }}
),

-- Whole parcels: also the orders that only travel with those at hand.
waybill_orders as (
    select * from {{ ref('int_waybill_orders_valued') }}
),

waybills as (
    select * from {{ rows_of('fct_waybills') }}
),

declarations as (
    select * from {{ rows_of('fct_waybill_declarations') }}
),

returns as (
    select * from {{ ref('fct_returns') }}
),

ways_back_paid_by_others as (
    select distinct waybill_id
    from returns
    where waybill_id is not null and return_payer_code <> 'merchant'
),

-- A label that was cancelled before pickup costs nothing.
charged as (
    select
        waybills.waybill_id,
        waybills.currency,
        waybills.purpose,
        waybills.picked_up_at is not null as is_picked_up,
        case
            when
                ways_back_paid_by_others.waybill_id is not null
                or (waybills.is_cancelled and waybills.picked_up_at is null)
                then 0
            else waybills.freight_cost_amount
        end as freight_cost_amount,
        case
            when coalesce(waybills.tier_fixed, 'unknown') <> 'abroad' or waybills.purpose = 'return' then 0
            when
                declarations.currency = waybills.currency
                and coalesce(
                    declarations.duty_amount, declarations.import_tax_amount, declarations.import_fee_amount
                ) is not null
                then
                    coalesce(declarations.duty_amount, 0) + coalesce(declarations.import_tax_amount, 0)
                    + coalesce(declarations.import_fee_amount, 0)
        end as import_charge_amount
    from waybills
    left join ways_back_paid_by_others
        on waybills.waybill_id = ways_back_paid_by_others.waybill_id
    left join declarations
        on waybills.waybill_id = declarations.waybill_id
),

placed as (
    select
        order_id,
        waybill_id,
        gmv_paid,
        count(*) over (partition by waybill_id) as parcel_order_count,
        row_number() over (
            partition by waybill_id
            order by order_id
        ) as order_position
    from waybill_orders
),

-- A parcel's amounts stand once, in equal parts on its orders.
parts as (
    select
        placed.order_id,
        charged.currency,
        charged.purpose,
        placed.gmv_paid,
        charged.is_picked_up,
        {{ equal_part('charged.freight_cost_amount', 'placed.parcel_order_count', 'placed.order_position') }}
            as freight_cost_amount,
        {{ equal_part('charged.import_charge_amount', 'placed.parcel_order_count', 'placed.order_position') }}
            as import_charge_amount
    from placed
    inner join charged
        on placed.waybill_id = charged.waybill_id
),

carried as (
    select
        orders.order_id,
        sum(case when parts.purpose = 'sale' then parts.gmv_paid else 0 end) as gmv_shipped,
        max(case when parts.is_picked_up then 1 else 0 end) = 1 as has_travelled,
        count(*) as parcel_count,
        count(case when parts.currency = orders.currency then parts.freight_cost_amount end) as freight_known_count,
        count(case when parts.currency = orders.currency then parts.import_charge_amount end) as charge_known_count,
        sum(parts.freight_cost_amount) as freight_cost_amount,
        sum(parts.import_charge_amount) as import_charge_amount
    from parts
    inner join orders
        on parts.order_id = orders.order_id
    group by orders.order_id
),

lines_back as (
    select distinct order_line_id
    from returns
    where is_resaleable and order_line_id is not null
),

orders_back as (
    select distinct order_id
    from returns
    where is_resaleable and order_line_id is null
),

goods_back as (
    select
        lines.order_id,
        sum(lines.cost_amount) as cost_amount
    from lines
    inner join lines_back
        on lines.order_line_id = lines_back.order_line_id
    group by lines.order_id
),

ways_back_of_platform as (
    select
        order_id,
        currency,
        sum(return_postage_amount) as return_postage_amount
    from returns
    where return_payer_code = 'platform' and return_postage_amount is not null
    group by order_id, currency
),

known as (
    select
        orders.order_id,
        orders.platform_id,
        orders.currency,
        orders.channel,
        orders.tier_fixed,
        orders.gmv_paid,
        orders.paid_amount,
        orders.platform_subsidy_amount,
        coalesce(orders.partner_discount_amount, 0) as partner_discount_amount,
        orders.refunded_amount,
        -- Goods that never left, and those that can be sold again, cost nothing.
        case
            when orders.is_cancelled and not coalesce(carried.has_travelled, false) then 0
            when orders_back.order_id is not null then 0
            else orders.cost_amount - coalesce(goods_back.cost_amount, 0)
        end as goods_cost_amount,
        orders.commission_amount,
        orders.payment_fee_amount,
        -- Known once all that is sold has gone out.
        case
            when carried.order_id is null and orders.is_cancelled then 0
            when
                carried.freight_known_count = carried.parcel_count
                and (orders.is_cancelled or carried.gmv_shipped = orders.gmv_paid)
                then carried.freight_cost_amount
        end as freight_cost_amount,
        case
            when coalesce(orders.tier_fixed, 'unknown') <> 'abroad' then 0
            when carried.order_id is null and orders.is_cancelled then 0
            when
                carried.charge_known_count = carried.parcel_count
                and (orders.is_cancelled or carried.gmv_shipped = orders.gmv_paid)
                then carried.import_charge_amount
        end as import_charge_amount,
        orders.platform_subsidy_amount + coalesce(ways_back_of_platform.return_postage_amount, 0)
            as platform_cost_amount,
        orders.order_date
    from orders
    left join carried
        on orders.order_id = carried.order_id
    left join orders_back
        on orders.order_id = orders_back.order_id
    left join goods_back
        on orders.order_id = goods_back.order_id
    left join ways_back_of_platform
        on
            orders.order_id = ways_back_of_platform.order_id
            and orders.currency = ways_back_of_platform.currency
),

added_up as (
    select
        *,
        paid_amount + platform_subsidy_amount + partner_discount_amount - refunded_amount - goods_cost_amount
        - commission_amount - payment_fee_amount - freight_cost_amount - import_charge_amount as contribution_amount
    from known
)

select
    order_id,
    platform_id,
    currency,
    channel,
    tier_fixed,
    gmv_paid,
    paid_amount,
    platform_subsidy_amount,
    cast(partner_discount_amount as decimal(18, 2)) as partner_discount_amount,
    refunded_amount,
    cast(goods_cost_amount as decimal(18, 2)) as goods_cost_amount,
    commission_amount,
    payment_fee_amount,
    cast(freight_cost_amount as decimal(18, 2)) as freight_cost_amount,
    cast(import_charge_amount as decimal(18, 2)) as import_charge_amount,
    cast(contribution_amount as decimal(18, 2)) as contribution_amount,
    cast(platform_cost_amount as decimal(18, 2)) as platform_cost_amount,
    contribution_amount is not null as has_all_parts,
    order_date
from added_up
