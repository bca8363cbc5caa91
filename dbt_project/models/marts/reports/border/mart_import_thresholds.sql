-- Of each kind of charge the rule in force on the day of entry, so that a threshold ends on its day.
with crossings as (
    select * from {{ ref('fct_border_crossings') }}
    where entry_date is not null
),

charges as (
    select * from {{ ref('fct_import_charges') }}
    where charge_kind <> 'fee'
),

judged as (
    select
        crossings.platform_id,
        crossings.courier_id,
        crossings.destination_country_code,
        coalesce(crossings.entry_channel, 'unknown') as entry_channel,
        charges.charge_kind,
        charges.currency as rule_currency,
        coalesce(charges.exempt_up_to_amount, 0) as exempt_up_to_amount,
        charges.is_exempt,
        charges.compared_amount,
        -- Twentieths of the exemption, (a, b]; all from twice the exemption on are the last band.
        case
            when charges.exempt_up_to_amount > 0 and charges.compared_amount is not null
                then greatest(
                    0,
                    least(40, cast(ceil(charges.compared_amount * 20 / charges.exempt_up_to_amount) as integer) - 1)
                )
        end as declared_band,
        {{ dbt.date_trunc('month', 'crossings.entry_date') }} as month_date
    from charges
    inner join crossings
        on charges.waybill_id = crossings.waybill_id
),

cells as (
    select
        platform_id,
        courier_id,
        destination_country_code,
        entry_channel,
        charge_kind,
        rule_currency,
        exempt_up_to_amount,
        declared_band,
        month_date,
        count(*) as crossing_count,
        count(is_exempt) as judged_count,
        count(*) filter (where is_exempt) as under_threshold_count,
        sum(compared_amount) filter (where is_exempt is not null) as judged_amount,
        sum(compared_amount) filter (where is_exempt) as under_threshold_amount
    from judged
    group by
        platform_id, courier_id, destination_country_code, entry_channel, charge_kind, rule_currency,
        exempt_up_to_amount, declared_band, month_date
)

select
    platform_id,
    courier_id,
    destination_country_code,
    entry_channel,
    charge_kind,
    rule_currency,
    cast(exempt_up_to_amount as {{ dbt.type_string() }}) || ' ' || rule_currency as threshold,
    declared_band,
    crossing_count,
    judged_count,
    under_threshold_count,
    exempt_up_to_amount,
    {{ total_amount('coalesce(judged_amount, 0)') }} as judged_amount,
    {{ total_amount('coalesce(under_threshold_amount, 0)') }} as under_threshold_amount,
    cast(month_date as date) as month_date
from cells
