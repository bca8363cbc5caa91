-- All that is asked of scans besides their waybills, in one pass: unknown codes and places. Of new scans only.
with events as (
    select * from {{ ref('int_waybill_events_classified') }}
    where {{ has_arrived() }}
)

select
    events.provider_id,
    events.named_courier_id,
    events._load_id,
    events.courier_code,
    events.event_code,
    case when events.event_code is null and events.milestone = 'unknown' then events.event_text end as unread_text,
    events.milestone,
    events.unresolved_place,
    events.is_code_known,
    count(*) as row_count,
    min(events.occurred_at) as first_seen_at,
    max(events.occurred_at) as last_seen_at
from events
group by
    events.provider_id,
    events.named_courier_id,
    events._load_id,
    events.courier_code,
    events.event_code,
    case when events.event_code is null and events.milestone = 'unknown' then events.event_text end,
    events.milestone,
    events.unresolved_place,
    events.is_code_known
