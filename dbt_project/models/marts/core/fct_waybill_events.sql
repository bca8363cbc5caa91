{{ config(post_hook="{{ show_all_rows() }}") }}
-- A view over every scan, so it waits until the tables were made of those that the build touches.
{{ after('fct_orders') }}{{ after('fct_order_lines') }}{{ after('fct_waybills') }}
{{- after('fct_waybill_orders') }}{{ after('fct_unmapped_codes') }}{{ after('dim_consumers') -}}
with events as (
    select * from {{ ref('int_waybill_events_classified') }}
    where is_retracted is not true
)

select
    events.waybill_id,
    events.provider_id,
    events.courier_id,
    events.named_courier_id,
    events.adcode,
    events.province_id,
    events.milestone,
    events.reason,
    events.event_code,
    events.event_text,
    events.is_zone_explicit,
    events.occurred_at,
    events.received_at,
    events._load_id,
    events._event_key
from events
