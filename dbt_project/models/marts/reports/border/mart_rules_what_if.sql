-- Landed costs under the rules that hold beside those under the rules of the user's what_if_rules.csv.
with what_if_charges as (
    select * from {{ ref('fct_what_if_charges') }}
),

crossings as (
    select * from {{ ref('fct_border_crossings') }}
    where
        entry_date is not null
        and waybill_id in (select what_if_charges.waybill_id from what_if_charges)
),

import_charges as (
    select * from {{ ref('fct_import_charges') }}
),

entries as (
    {{ crossing_entries('crossings') }}
),

{% for landed, taken in [('landed_now', 'import_charges'), ('landed_then', 'what_if_charges')] %}
{{ landed }} as (
    with charges as (
        select
            waybill_id as entry_id,
            charge_kind as kind,
            currency,
            missing,
            charge_amount,
            exchange_rate,
            is_exchange_rate_inverse
        from {{ taken }}
    ),

    {{ landed_costs('entries') }}

    select
        *,
        {{ charged_text() }} as charged_text
    from landed_costs
),
{% endfor %}

compared as (
    select
        crossings.platform_id,
        crossings.courier_id,
        crossings.destination_country_code,
        coalesce(crossings.entry_channel, 'unknown') as entry_channel,
        landed_then.currency as declared_currency,
        coalesce(landed_then.missing, 'none') as missing_inputs,
        landed_now.charged_text <> landed_then.charged_text as is_changed,
        case when landed_then.landed_cost_amount is not null then landed_now.landed_cost_amount end as amount_now,
        case when landed_now.landed_cost_amount is not null then landed_then.landed_cost_amount end as amount_then,
        {{ dbt.date_trunc('month', 'crossings.entry_date') }} as month_date
    from crossings
    inner join landed_now
        on crossings.waybill_id = landed_now.entry_id
    inner join landed_then
        on crossings.waybill_id = landed_then.entry_id
),

cells as (
    select
        platform_id,
        courier_id,
        destination_country_code,
        entry_channel,
        declared_currency,
        missing_inputs,
        month_date,
        count(*) as crossing_count,
        count(*) filter (where is_changed) as changed_count,
        count(amount_then) as both_known_count,
        sum(amount_now) as amount_now,
        sum(amount_then) as amount_then
    from compared
    group by
        platform_id, courier_id, destination_country_code, entry_channel, declared_currency, missing_inputs, month_date
)

select
    platform_id,
    courier_id,
    destination_country_code,
    entry_channel,
    declared_currency,
    missing_inputs,
    crossing_count,
    changed_count,
    both_known_count,
    {{ total_amount('coalesce(amount_now, 0)') }} as compared_landed_amount,
    {{ total_amount('coalesce(amount_then, 0)') }} as what_if_landed_amount,
    cast(month_date as date) as month_date
from cells
