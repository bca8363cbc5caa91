{{ config(
    materialized='cells',
    meta={'cell_date': 'month_date', 'cell_keys': [
        'provider_id', 'platform_id', 'courier_id', 'origin_province_id', 'destination_province_id',
    ]}
) }}
with waybills as (
    select * from {{ rows_of('fct_waybills') }}
),

cohorts as (
    select
        *,
        {{ hour_bucket('end_to_end_seconds') }} as end_to_end_bucket,
        {{ dbt.date_trunc('month', 'picked_up_date') }} as month_date
    from waybills
    where purpose = 'sale' and picked_up_date is not null and {{ is_in_delivery_cohort() }}
),

cells as (
    select
        provider_id,
        platform_id,
        courier_id,
        origin_province_id,
        destination_province_id,
        month_date,
        count(*) as waybill_count,
        count(*) filter (where is_handed_over) as finished_count,
        count(*) filter (where is_lost and not is_handed_over) as lost_count,
        count(*) filter (where end_to_end_seconds <= {{ 72 * 3600 }}) as within_72h_count,
        count(*) filter (where {{ has_started_end_to_end() }}) as end_to_end_started_count,
        count(end_to_end_seconds) as end_to_end_count,
        sum(end_to_end_seconds) as end_to_end_seconds,
        {{ bucket_counts('end_to_end_bucket') }} as end_to_end_counts
    from cohorts
    group by provider_id, platform_id, courier_id, origin_province_id, destination_province_id, month_date
)

select
    provider_id,
    platform_id,
    courier_id,
    origin_province_id,
    destination_province_id,
    waybill_count,
    finished_count,
    waybill_count - finished_count - lost_count as open_count,
    lost_count,
    within_72h_count,
    end_to_end_started_count,
    end_to_end_count,
    {{ total_count('coalesce(end_to_end_seconds, 0)') }} as end_to_end_seconds,
    {{ hour_histogram('end_to_end_counts') }} as end_to_end_histogram,
    cast(month_date as date) as month_date
from cells
