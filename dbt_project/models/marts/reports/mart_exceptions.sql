-- A waybill stands at what first went wrong with it, so that sides and reasons are parts of one whole.
with waybills as (
    select
        waybill_id,
        provider_id,
        platform_id,
        courier_id,
        destination_adcode,
        destination_province_id,
        destination_country_code,
        picked_up_date
    from {{ ref('fct_waybills') }}
    where purpose = 'sale' and picked_up_date is not null
),

events as (
    select
        waybill_id,
        provider_id,
        milestone,
        coalesce(reason, 'unspecified') as reason,
        occurred_at
    from {{ ref('fct_waybill_events') }}
    where
        milestone in ('exception', 'delivery_attempt_failed', 'pickup_failed', 'lost', 'expired')
        or (milestone = 'customs' and reason = 'held')
),

reasons as (
    select * from {{ ref('dim_exception_reasons') }}
),

{{ tier_list_ctes() }},

first_exceptions as (
    select
        waybill_id,
        provider_id,
        count(*) as exception_scan_count,
        min({{ struct_of(
            {'occurred_at': 'occurred_at', 'milestone': 'milestone', 'reason': 'reason'}
        ) }}) as first_exception
    from events
    group by waybill_id, provider_id
),

told as (
    select
        waybills.provider_id,
        waybills.platform_id,
        waybills.courier_id,
        {{ city_tier(
            'waybills.destination_country_code', 'waybills.destination_province_id', 'waybills.destination_adcode',
            'fixed_tiers.tier', 'fixed_list.is_complete_list'
        ) }} as tier_fixed,
        first_exceptions.first_exception.milestone as first_milestone,
        first_exceptions.first_exception.reason as first_reason,
        coalesce(first_exceptions.exception_scan_count, 0) as exception_scan_count,
        {{ dbt.date_trunc('month', 'waybills.picked_up_date') }} as month_date
    from waybills
    left join first_exceptions
        on
            waybills.waybill_id = first_exceptions.waybill_id
            and waybills.provider_id = first_exceptions.provider_id
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
    told.first_milestone as milestone,
    told.first_reason as reason,
    case
        when told.first_milestone is null then 'none'
        else coalesce(reasons.side_at_fault, 'unknown')
    end as side_at_fault,
    cast(count(*) as {{ dbt.type_bigint() }}) as waybill_count,
    cast(count(told.first_milestone) as {{ dbt.type_bigint() }}) as exception_waybill_count,
    cast(sum(told.exception_scan_count) as {{ dbt.type_bigint() }}) as exception_scan_count,
    cast(told.month_date as date) as month_date
from told
left join reasons
    on
        told.first_milestone = reasons.milestone
        and told.first_reason = reasons.reason
group by
    told.provider_id, told.platform_id, told.courier_id, told.tier_fixed, told.first_milestone, told.first_reason,
    reasons.side_at_fault, told.month_date
