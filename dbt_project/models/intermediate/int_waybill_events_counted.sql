-- All that is asked of scans besides their waybills, in one pass: unknown codes and places, newest times.
with events as (
    select * from {{ ref('int_waybill_events_classified') }}
),

load_times as (
    select
        load_id,
        max(loaded_at) as loaded_at
    from {{ ref('stg_loads') }}
    group by load_id
)

select
    events.provider_id,
    events.courier_id,
    events._load_id,
    events.courier_code,
    events.event_code,
    case when events.event_code is null and events.milestone = 'unknown' then events.event_text end as unread_text,
    events.milestone,
    events.unresolved_place,
    events.is_code_known,
    count(*) as row_count,
    min(events.occurred_at) as first_seen_at,
    max(events.occurred_at) as last_seen_at,
    max(events.occurred_at) filter (
        where events.occurred_at <= coalesce(events.received_at, load_times.loaded_at)
    ) as as_of_at
from events
left join load_times
    on events._load_id = load_times.load_id
group by
    events.provider_id,
    events.courier_id,
    events._load_id,
    events.courier_code,
    events.event_code,
    case when events.event_code is null and events.milestone = 'unknown' then events.event_text end,
    events.milestone,
    events.unresolved_place,
    events.is_code_known
