with scans as (
    select * from {{ ref('stg_waybill_events') }}
),

derived as (
    select * from {{ ref('int_waybill_events_derived') }}
),

event_codes as (
    select * from {{ ref('int_event_codes_resolved') }}
),

text_milestones as (
    select * from {{ ref('int_event_texts_classified') }}
),

retractions as (
    select * from {{ ref('int_waybill_events_retracted') }}
),

recycled as (
    select * from {{ ref('int_waybill_numbers_recycled') }}
),

events as (
    select
        waybill_id,
        provider_id,
        courier_id,
        named_courier_id,
        adcode,
        province_id,
        place_id,
        courier_code,
        event_code,
        event_text,
        event_number,
        next_waybill_number,
        next_courier_key,
        pickup_point_code,
        unresolved_place,
        is_zone_explicit,
        has_place,
        occurred_at,
        received_at,
        _load_id,
        _event_key
    from scans

    union all

    select
        waybill_id,
        provider_id,
        'unknown' as courier_id,
        null as named_courier_id,
        null as adcode,
        null as province_id,
        null as place_id,
        null as courier_code,
        event_code,
        null as event_text,
        null as event_number,
        null as next_waybill_number,
        null as next_courier_key,
        null as pickup_point_code,
        null as unresolved_place,
        false as is_zone_explicit,
        false as has_place,
        occurred_at,
        null as received_at,
        _load_id,
        _event_key
    from derived
),

coded as (
    select
        events.*,
        {{ scan_key('events') }} as scan_key,
        event_codes.milestone as milestone_of_code,
        event_codes.reason as reason_of_code,
        case when coalesce(event_codes.is_unspecific, true) then events.event_text end as text_to_read
    from events
    left join event_codes
        on
            events.provider_id = event_codes.provider_id
            and events.event_code = event_codes.event_code
)

select
    coalesce(recycled.waybill_id, coded.waybill_id) as waybill_id,
    coded.provider_id,
    coded.courier_id,
    coded.named_courier_id,
    coded.adcode,
    coded.province_id,
    coded.place_id,
    coalesce(text_milestones.milestone, coded.milestone_of_code, 'unknown') as milestone,
    case
        when text_milestones.milestone is not null then text_milestones.reason
        else coded.reason_of_code
    end as reason,
    coded.courier_code,
    coded.event_code,
    coded.event_text,
    coded.next_waybill_number,
    coded.next_courier_key,
    coded.pickup_point_code,
    coded.unresolved_place,
    coded.milestone_of_code is not null as is_code_known,
    coded.is_zone_explicit,
    coded.has_place,
    retractions.waybill_id is not null as is_retracted,
    coded.occurred_at,
    coded.received_at,
    coded._load_id,
    coded._event_key
from coded
left join text_milestones
    on coded.text_to_read = text_milestones.event_text
left join recycled
    on {{ is_in_use('coded', 'recycled', 'occurred_at') }}
left join retractions
    on
        coded.waybill_id = retractions.waybill_id
        and coded.provider_id = retractions.provider_id
        and coded.occurred_at = retractions.occurred_at
        and coded.scan_key = retractions.scan_key
