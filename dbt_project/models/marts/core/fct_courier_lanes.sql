{#- Duration from pickup after which hardly a parcel is still to come (mean times count only parcels so old). -#}
{% set settled_seconds = 14 * 86400 %}
{{ config(
    materialized='cells',
    meta={'cell_date': 'month_date', 'cell_keys': [
        'platform_id', 'courier_id', 'origin_province_id', 'destination_province_id', 'measure',
    ], 'ages': {
        'fct_waybills': [('picked_up_at', 72 * 3600), ('picked_up_at', settled_seconds), ('promised_delivery_at', 0)],
    }}
) }}
-- A parcel to another country is carried by several companies, so it says little of the one that took it; Chinese
-- couriers serve Hong Kong, Macao and Taiwan themselves.
with waybills as (
    select
        provider_id,
        platform_id,
        courier_id,
        origin_province_id,
        destination_province_id,
        end_to_end_seconds,
        is_handed_over,
        is_on_time,
        is_first_attempt_successful,
        has_exception,
        picked_up_date,
        picked_up_at,
        promised_delivery_at
    from {{ rows_of('fct_waybills') }}
    where
        purpose = 'sale'
        and picked_up_date is not null
        and origin_province_id is not null
        and destination_province_id is not null
        and (coalesce(tier_fixed, '') <> 'abroad' or destination_country_code in ('CN', 'HK', 'MO', 'TW'))
        and {{ is_in_delivery_cohort() }}
),

providers as (
    select * from {{ rows_of('dim_providers') }}
),

aged as (
    select
        waybills.*,
        {{ dbt.date_trunc('month', 'waybills.picked_up_date') }} as month_date,
        {{ is_of_age('waybills.picked_up_at', 72 * 3600) }} as is_of_72h,
        {{ is_of_age('waybills.picked_up_at', settled_seconds) }} as is_settled,
        {{ is_of_age('waybills.promised_delivery_at', 0) }} as is_promise_due
    from waybills
    inner join providers
        on waybills.provider_id = providers.provider_id
),

valued as (
    select
        platform_id,
        courier_id,
        origin_province_id,
        destination_province_id,
        month_date,
        'end_to_end' as measure,
        end_to_end_seconds as value
    from aged
    where is_settled and end_to_end_seconds is not null
    union all
    select
        platform_id,
        courier_id,
        origin_province_id,
        destination_province_id,
        month_date,
        'within_72h' as measure,
        case when end_to_end_seconds <= {{ 72 * 3600 }} then 1 else 0 end as value
    from aged
    where is_of_72h
    union all
    select
        platform_id,
        courier_id,
        origin_province_id,
        destination_province_id,
        month_date,
        'on_time' as measure,
        case when is_on_time then 1 else 0 end as value
    from aged
    where is_promise_due
    union all
    select
        platform_id,
        courier_id,
        origin_province_id,
        destination_province_id,
        month_date,
        'first_attempt_success' as measure,
        case when is_first_attempt_successful then 1 else 0 end as value
    from aged
    where is_first_attempt_successful is not null
    union all
    select
        platform_id,
        courier_id,
        origin_province_id,
        destination_province_id,
        month_date,
        'exception' as measure,
        case when has_exception then 1 else 0 end as value
    from aged
    where is_handed_over
)

-- Whole numbers and their squares are exact in any order; seconds squared outgrow 64 bits when added up.
select
    platform_id,
    courier_id,
    origin_province_id,
    destination_province_id,
    measure,
    count(*) as waybill_count,
    {{ total_count('sum(value)') }} as total,
    cast(sum(cast(value * value as decimal(38, 0))) as decimal(38, 0)) as squares,
    cast(month_date as date) as month_date
from valued
group by platform_id, courier_id, origin_province_id, destination_province_id, measure, month_date
