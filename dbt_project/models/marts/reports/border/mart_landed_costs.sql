with crossings as (
    select * from {{ ref('fct_border_crossings') }}
    where entry_date is not null
),

import_charges as (
    select * from {{ ref('fct_import_charges') }}
),

entries as (
    {{ crossing_entries('crossings') }}
),

charges as (
    select
        waybill_id as entry_id,
        charge_kind as kind,
        currency,
        missing,
        charge_amount,
        exchange_rate,
        is_exchange_rate_inverse
    from import_charges
),

{{ landed_costs('entries') }},

cells as (
    select
        crossings.platform_id,
        crossings.courier_id,
        crossings.destination_country_code,
        coalesce(crossings.entry_channel, 'unknown') as entry_channel,
        landed_costs.currency as declared_currency,
        coalesce(landed_costs.missing, 'none') as missing_inputs,
        {{ dbt.date_trunc('month', 'crossings.entry_date') }} as month_date,
        count(*) as crossing_count,
        count(landed_costs.landed_cost_amount) as landed_count,
        sum(landed_costs.goods_amount) filter (where landed_costs.landed_cost_amount is not null) as goods_amount,
        sum(landed_costs.freight_amount) filter (where landed_costs.landed_cost_amount is not null) as freight_amount,
        sum(landed_costs.duty_amount) filter (where landed_costs.landed_cost_amount is not null) as duty_amount,
        sum(landed_costs.tax_amount) filter (where landed_costs.landed_cost_amount is not null) as tax_amount,
        sum(landed_costs.fee_amount) filter (where landed_costs.landed_cost_amount is not null) as fee_amount,
        sum(landed_costs.landed_cost_amount) as landed_cost_amount
    from landed_costs
    inner join crossings
        on landed_costs.entry_id = crossings.waybill_id
    group by
        crossings.platform_id, crossings.courier_id, crossings.destination_country_code,
        coalesce(crossings.entry_channel, 'unknown'), landed_costs.currency,
        coalesce(landed_costs.missing, 'none'),
        {{ dbt.date_trunc('month', 'crossings.entry_date') }}
)

select
    platform_id,
    courier_id,
    destination_country_code,
    entry_channel,
    declared_currency,
    missing_inputs,
    crossing_count,
    landed_count,
    {{ total_amount('coalesce(goods_amount, 0)') }} as landed_goods_amount,
    {{ total_amount('coalesce(freight_amount, 0)') }} as landed_freight_amount,
    {{ total_amount('coalesce(duty_amount, 0)') }} as landed_duty_amount,
    {{ total_amount('coalesce(tax_amount, 0)') }} as landed_tax_amount,
    {{ total_amount('coalesce(fee_amount, 0)') }} as landed_fee_amount,
    {{ total_amount('coalesce(landed_cost_amount, 0)') }} as landed_cost_amount,
    cast(month_date as date) as month_date
from cells
