{{ config(
    materialized='cells',
    meta={'cell_date': 'month_date', 'cell_keys': [
        'provider_id', 'platform_id', 'merchant_id',
    ], 'ages': {'fct_waybills': [('promised_ship_at', 0), ('consigned_at', 24 * 3600)]}}
) }}
-- The merchant's part, before a courier has the parcel: of sales, by the month in which their clock started.
with waybills as (
    select
        provider_id,
        platform_id,
        merchant_id,
        handling_seconds,
        is_handed_over,
        paid_date,
        clock_started_at,
        consigned_at,
        picked_up_at,
        promised_ship_at
    from {{ rows_of('fct_waybills') }}
    where purpose = 'sale' and paid_date is not null and {{ is_in_delivery_cohort() }}
),

providers as (
    select * from {{ rows_of('dim_providers') }}
),

judged as (
    select
        waybills.*,
        {{ hour_bucket('waybills.handling_seconds') }} as handling_bucket,
        {{ is_of_age('waybills.promised_ship_at', 0) }} as is_ship_promise_due,
        waybills.consigned_at <= waybills.promised_ship_at as is_shipped_in_time,
        {{ is_of_age('waybills.consigned_at', 24 * 3600) }} as is_consigned_for_24h,
        {{ seconds_between('waybills.consigned_at', 'waybills.picked_up_at') }}
        <= {{ 24 * 3600 }} as is_scanned_within_24h,
        {{ dbt.date_trunc('month', 'waybills.paid_date') }} as month_date
    from waybills
    left join providers
        on waybills.provider_id = providers.provider_id
),

cells as (
    select
        provider_id,
        platform_id,
        merchant_id,
        month_date,
        count(*) as waybill_count,
        count(promised_ship_at) as ship_promise_count,
        count(*) filter (where is_ship_promise_due) as ship_promise_due_count,
        count(*) filter (where is_ship_promise_due and is_shipped_in_time) as shipped_on_time_count,
        count(*) filter (where is_consigned_for_24h) as consigned_count,
        count(*) filter (where is_consigned_for_24h and is_scanned_within_24h) as first_scan_within_24h_count,
        count(*) filter (where {{ has_started_handling() }}) as handling_started_count,
        count(handling_seconds) as handling_count,
        sum(handling_seconds) as handling_seconds,
        {{ bucket_counts('handling_bucket') }} as handling_counts
    from judged
    group by provider_id, platform_id, merchant_id, month_date
)

select
    provider_id,
    platform_id,
    merchant_id,
    waybill_count,
    ship_promise_count,
    ship_promise_due_count,
    shipped_on_time_count,
    consigned_count,
    first_scan_within_24h_count,
    handling_started_count,
    handling_count,
    {{ total_count('coalesce(handling_seconds, 0)') }} as handling_seconds,
    {{ hour_histogram('handling_counts') }} as handling_histogram,
    cast(month_date as date) as month_date
from cells
