with scans as (
    select * from {{ ref('stg_waybill_events') }}
),

derived as (
    select * from {{ ref('int_waybill_events_derived') }}
),

event_codes as (
    select * from {{ ref('event_codes') }}
),

event_text_rules as (
    select * from {{ ref('event_text_rules') }}
),

events as (
    select
        waybill_id,
        provider_id,
        courier_id,
        adcode,
        province_id,
        courier_code,
        event_code,
        event_text,
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
        null as adcode,
        null as province_id,
        null as courier_code,
        event_code,
        null as event_text,
        null as unresolved_place,
        false as is_zone_explicit,
        false as has_place,
        occurred_at,
        null as received_at,
        _load_id,
        _event_key
    from derived
),

-- After a dot a code may carry a reason: customs.start.
coded as (
    select
        events.*,
        event_codes.milestone as milestone_of_code,
        coalesce(event_codes.reason, nullif(split_part(events.event_code, '.', 2), '')) as reason_of_code,
        coalesce(event_codes.is_unspecific, true) and events.event_text is not null as is_text_read
    from events
    left join event_codes
        on
            events.provider_id = event_codes.provider_id
            and split_part(events.event_code, '.', 1) = event_codes.code
),

-- Each text is read once, however many scans carry it.
texts as (
    select distinct event_text
    from coded
    where is_text_read
),

first_rules as (
    select
        texts.event_text,
        min(event_text_rules.position) as position
    from texts
    inner join event_text_rules
        on
            contains(texts.event_text, event_text_rules.contains)
            and (
                event_text_rules.also_contains is null
                or contains(texts.event_text, event_text_rules.also_contains)
            )
            and (
                event_text_rules.lacks is null
                or not contains(texts.event_text, event_text_rules.lacks)
            )
    group by texts.event_text
),

text_milestones as (
    select
        first_rules.event_text,
        event_text_rules.milestone,
        event_text_rules.reason
    from first_rules
    inner join event_text_rules
        on first_rules.position = event_text_rules.position
)

select
    coded.waybill_id,
    coded.provider_id,
    coded.courier_id,
    coded.adcode,
    coded.province_id,
    coalesce(text_milestones.milestone, coded.milestone_of_code, 'unknown') as milestone,
    case
        when text_milestones.milestone is not null then text_milestones.reason
        else coded.reason_of_code
    end as reason,
    coded.courier_code,
    coded.event_code,
    coded.event_text,
    coded.unresolved_place,
    coded.milestone_of_code is not null as is_code_known,
    coded.is_zone_explicit,
    coded.has_place,
    coded.occurred_at,
    coded.received_at,
    coded._load_id,
    coded._event_key
from coded
left join text_milestones
    on
        coded.is_text_read
        and coded.event_text = text_milestones.event_text
