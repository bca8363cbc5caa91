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
        tier_fixed,
        exception_milestone as milestone,
        exception_reason as reason,
        exception_scan_count,
        {{ dbt.date_trunc('month', 'picked_up_date') }} as month_date
    from {{ rows_of('fct_waybills') }}
    where purpose = 'sale' and picked_up_date is not null
),

reasons as (
    select * from {{ ref('dim_exception_reasons') }}
)

select
    waybills.provider_id,
    waybills.platform_id,
    waybills.courier_id,
    waybills.tier_fixed,
    waybills.milestone,
    waybills.reason,
    case
        when waybills.milestone is null then 'none'
        else coalesce(reasons.side_at_fault, 'unknown')
    end as side_at_fault,
    {{ total_count('count(*)') }} as waybill_count,
    {{ total_count('count(waybills.milestone)') }} as exception_waybill_count,
    {{ total_count('sum(waybills.exception_scan_count)') }} as exception_scan_count,
    cast(waybills.month_date as date) as month_date
from waybills
left join reasons
    on
        waybills.milestone = reasons.milestone
        and waybills.reason = reasons.reason
group by
    waybills.provider_id, waybills.platform_id, waybills.courier_id, waybills.tier_fixed, waybills.milestone,
    waybills.reason, reasons.side_at_fault, waybills.month_date
