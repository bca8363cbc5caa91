{{ config(
    materialized='cells',
    meta={'cell_date': 'month_date', 'cell_keys': [
        'provider_id', 'platform_id', 'courier_id', 'tier_fixed', 'milestone', 'reason', 'side_at_fault',
    ]}
) }}
-- A waybill stands at what first went wrong with it, so that sides and reasons are parts of one whole.
with waybills as (
    select
        provider_id,
        platform_id,
        courier_id,
        destination_adcode,
        destination_province_id,
        destination_country_code,
        exception_milestone,
        exception_reason,
        exception_scan_count,
        picked_up_date
    from {{ rows_of('fct_waybills') }}
    where purpose = 'sale' and picked_up_date is not null
),

reasons as (
    select * from {{ ref('dim_exception_reasons') }}
),

{{ tier_list_ctes() }},

told as (
    select
        waybills.provider_id,
        waybills.platform_id,
        waybills.courier_id,
        {{ city_tier(
            'waybills.destination_country_code', 'waybills.destination_province_id', 'waybills.destination_adcode',
            'fixed_tiers.tier', 'fixed_list.is_complete_list'
        ) }} as tier_fixed,
        waybills.exception_milestone as milestone,
        waybills.exception_reason as reason,
        waybills.exception_scan_count,
        {{ dbt.date_trunc('month', 'waybills.picked_up_date') }} as month_date
    from waybills
    left join fixed_list
        on true
    left join fixed_tiers
        on waybills.destination_adcode = fixed_tiers.adcode
)

select
    told.provider_id,
    told.platform_id,
    told.courier_id,
    told.tier_fixed,
    told.milestone,
    told.reason,
    case
        when told.milestone is null then 'none'
        else coalesce(reasons.side_at_fault, 'unknown')
    end as side_at_fault,
    cast(count(*) as {{ dbt.type_bigint() }}) as waybill_count,
    cast(count(told.milestone) as {{ dbt.type_bigint() }}) as exception_waybill_count,
    cast(sum(told.exception_scan_count) as {{ dbt.type_bigint() }}) as exception_scan_count,
    cast(told.month_date as date) as month_date
from told
left join reasons
    on
        told.milestone = reasons.milestone
        and told.reason = reasons.reason
group by
    told.provider_id, told.platform_id, told.courier_id, told.tier_fixed, told.milestone, told.reason,
    reasons.side_at_fault, told.month_date
