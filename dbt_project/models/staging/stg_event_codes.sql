{{ after('touched_numbers') -}}
-- Codes alone, so that looking up what each means reads no event twice.
with waybill_events as (
    select * from {{ source('touched', 'waybill_events') }}
)

select distinct
    provider_id,
    event_code
from waybill_events
where event_code is not null
