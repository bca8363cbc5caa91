-- Whole months: as time passes, publishing drops a month's file and need not write one again without its first days.
with events as (
    select * from {{ ref('fct_waybill_events') }}
),

waybills as (
    select * from {{ ref('fct_waybills') }}
),

providers as (
    select * from {{ ref('dim_providers') }}
),

newest as (
    select max(as_of_at) as as_of_at from providers
)

select
    events.waybill_id,
    events.provider_id,
    events.courier_id,
    events.adcode,
    events.province_id,
    events.milestone,
    events.reason,
    events.event_code,
    events.event_text,
    events.occurred_at,
    events.received_at,
    greatest(events._load_id, waybills._load_id) as _load_id
from events
cross join newest
left join waybills
    on events.waybill_id = waybills.waybill_id
where
    events.occurred_at >= {{ dbt.dateadd(
        'month', 1 - var('followed_months'), dbt.date_trunc('month', 'newest.as_of_at')
    ) }}
