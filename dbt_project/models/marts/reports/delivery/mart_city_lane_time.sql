{#- A lane needs as many waybills in a month as a cell needs not to be greyed. -#}
{% set fewest_waybills = 30 %}

{{ config(
    materialized='incremental', incremental_strategy='replace_months', on_schema_change='fail',
    meta={'fact': 'fct_waybills', 'day': 'picked_up_date'}
) }}
-- A lane is folded by what its whole month has, so a month is counted anew whenever a waybill of it is. Not one table
-- with mart_lane_time, whose lanes between provinces are never folded and settle by differences.
with waybills as (
    select
        provider_id,
        platform_id,
        courier_id,
        origin_adcode,
        destination_adcode,
        end_to_end_seconds,
        is_handed_over,
        is_lost,
        picked_up_date,
        picked_up_at
    from {{ ref('fct_waybills') }}
    where
        purpose = 'sale'
        and picked_up_date is not null
        and {{ is_in_delivery_cohort() }}
        and {{ is_in_touched_month('picked_up_date') }}
),

timed as (
    select
        *,
        {{ hour_bucket('end_to_end_seconds') }} as end_to_end_bucket,
        {{ dbt.date_trunc('month', 'picked_up_date') }} as month_date
    from waybills
),

frequent_lanes as (
    select
        origin_adcode,
        destination_adcode,
        month_date
    from timed
    where origin_adcode is not null and destination_adcode is not null
    group by origin_adcode, destination_adcode, month_date
    having count(*) >= {{ fewest_waybills }}
),

folded as (
    select
        timed.*,
        coalesce(frequent_lanes.origin_adcode, 'other') as lane_origin_adcode,
        coalesce(frequent_lanes.destination_adcode, 'other') as lane_destination_adcode
    from timed
    left join frequent_lanes
        on
            timed.origin_adcode = frequent_lanes.origin_adcode
            and timed.destination_adcode = frequent_lanes.destination_adcode
            and timed.month_date = frequent_lanes.month_date
),

cells as (
    select
        provider_id,
        platform_id,
        courier_id,
        lane_origin_adcode,
        lane_destination_adcode,
        month_date,
        count(*) as waybill_count,
        count(*) filter (where is_handed_over) as finished_count,
        count(*) filter (where is_lost and not is_handed_over) as lost_count,
        count(*) filter (where end_to_end_seconds <= {{ 72 * 3600 }}) as within_72h_count,
        count(*) filter (where {{ has_started_end_to_end() }}) as end_to_end_started_count,
        count(end_to_end_seconds) as end_to_end_count,
        sum(end_to_end_seconds) as end_to_end_seconds,
        {{ bucket_counts('end_to_end_bucket') }} as end_to_end_counts
    from folded
    group by provider_id, platform_id, courier_id, lane_origin_adcode, lane_destination_adcode, month_date
)

select
    provider_id,
    platform_id,
    courier_id,
    lane_origin_adcode as origin_adcode,
    lane_destination_adcode as destination_adcode,
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
