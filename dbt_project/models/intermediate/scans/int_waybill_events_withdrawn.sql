{{ config(
    materialized='incremental', incremental_strategy='replace_touched',
    meta={'number': "substr(waybill_id, length(split_part(waybill_id, ':', 1)) + 2)", 'kind': 'waybill'}
) }}
-- The scans that retractions name, and these themselves: loaded, and out of the facts.
with scans as (
    select
        *,
        {{ scan_key('events') }} as scan_key
    from {{ ref('stg_waybill_events') }} as events
),

retractions as (
    select * from {{ ref('int_waybill_events_retracted') }}
)

select
    scans.waybill_id,
    scans.provider_id,
    case when scans.retracted_at is null then 'retracted' else 'retraction' end as reason,
    scans._load_id,
    scans._line_number,
    scans._event_key
from scans
inner join retractions
    on
        scans.waybill_id = retractions.waybill_id
        and scans.provider_id = retractions.provider_id
        and scans.occurred_at = retractions.occurred_at
        and scans.scan_key = retractions.scan_key
