{{ config(
    materialized='cells',
    meta={'cell_date': 'calendar_date', 'cell_keys': ['provider_id', 'courier_id'], 'counts_scans': true}
) }}
-- How fast a feed is: a scan counts once, when it arrives, at the courier that it names, whatever is corrected later.
-- Made anew when scans were retracted. Times that an order states are no scans.
with events as (
    select
        provider_id,
        named_courier_id as courier_id,
        occurred_at,
        received_at
    from {{ ref('fct_waybill_events') }}
    where named_courier_id is not null and {{ has_arrived() }}
),

providers as (
    select * from {{ rows_of('dim_providers') }}
),

timed as (
    select
        events.provider_id,
        events.courier_id,
        events.received_at,
        {{ seconds_between('events.occurred_at', 'events.received_at') }} as seconds,
        {{ local_date('events.occurred_at', 'providers.time_zone') }} as calendar_date
    from events
    inner join providers
        on events.provider_id = providers.provider_id
),

-- A scan that was received before it happened tells of a clock, not of a latency.
bucketed as (
    select
        *,
        case when seconds >= 0 then seconds end as latency_seconds,
        {{ hour_bucket('case when seconds >= 0 then seconds end') }} as latency_bucket
    from timed
),

cells as (
    select
        provider_id,
        courier_id,
        calendar_date,
        count(*) as scan_count,
        count(*) filter (where seconds < 0) as received_early_count,
        count(latency_seconds) as latency_count,
        sum(latency_seconds) as latency_seconds,
        {{ bucket_counts('latency_bucket') }} as latency_counts
    from bucketed
    group by provider_id, courier_id, calendar_date
)

select
    provider_id,
    courier_id,
    scan_count,
    received_early_count,
    latency_count,
    {{ total_count('coalesce(latency_seconds, 0)') }} as latency_seconds,
    {{ hour_histogram('latency_counts') }} as latency_histogram,
    calendar_date
from cells
