{{ config(materialized='incremental', unique_key='event_text', incremental_strategy='delete+insert') }}
-- Texts whose words may say more than their code; each is read once, however many scans carry it.
with scans as (
    select
        provider_id,
        event_code,
        event_text
    from {{ ref('stg_waybill_events') }}
    where event_text is not null
),

event_codes as (
    select * from {{ ref('int_event_codes_resolved') }}
),

rules as (
    select * from {{ ref('event_text_rules') }}
),

milestones as (
    select
        position,
        milestone,
        reason
    from {{ ref('event_text_rules') }}
),

texts as (
    select distinct
        scans.event_text,
        lower(scans.event_text) as words
    from scans
    left join event_codes
        on
            scans.provider_id = event_codes.provider_id
            and scans.event_code = event_codes.event_code
    where coalesce(event_codes.is_unspecific, true)
),

first_rules as (
    select
        texts.event_text,
        min(rules.position) as position
    from texts
    inner join rules
        on
            contains(texts.words, rules.contains)
            and (rules.also_contains is null or contains(texts.words, rules.also_contains))
            and (rules.lacks is null or not contains(texts.words, rules.lacks))
    group by texts.event_text
)

select
    first_rules.event_text,
    milestones.milestone,
    milestones.reason
from first_rules
inner join milestones
    on first_rules.position = milestones.position
