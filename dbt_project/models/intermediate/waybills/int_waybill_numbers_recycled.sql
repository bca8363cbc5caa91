{{ config(
    materialized='incremental', incremental_strategy='replace_touched',
    meta={'number': "substr(number_id, length(split_part(number_id, ':', 1)) + 2)", 'kind': 'waybill'}
) }}
-- A number that was silent for longer than its provider keeps numbers apart belongs to another parcel. A first scan
-- long after its registration does not: labels are printed in advance. Only numbers seen for so long are ordered.
with signs as (
    select * from {{ ref('stg_waybill_signs') }}
),

providers as (
    select * from {{ ref('providers') }}
),

patience as (
    select min(number_reuse_days) as number_reuse_days from providers
),

long_seen as (
    select waybill_id
    from {{ ref('stg_waybill_signs') }}
    group by waybill_id
    having
        {{ seconds_between('min(seen_at)', 'max(seen_at)') }}
        > (select number_reuse_days * 86400 from patience)
),

followed as (
    select
        signs.waybill_id,
        signs.is_registration,
        signs.seen_at,
        providers.number_reuse_days,
        lag(signs.seen_at) over (
            partition by signs.waybill_id
            order by signs.seen_at asc, signs.is_registration desc
        ) as previous_at,
        lag(signs.is_registration) over (
            partition by signs.waybill_id
            order by signs.seen_at asc, signs.is_registration desc
        ) as is_after_registration
    from signs
    inner join long_seen
        on signs.waybill_id = long_seen.waybill_id
    inner join providers
        on signs.provider_id = providers.provider_id
),

starts as (
    select
        waybill_id,
        seen_at as started_at
    from followed
    where
        {{ seconds_between('previous_at', 'seen_at') }} > number_reuse_days * 86400
        and (is_registration or not is_after_registration)
)

select
    waybill_id || ':' || (1 + row_number() over (partition by waybill_id order by started_at)) as waybill_id,
    waybill_id as number_id,
    started_at,
    lead(started_at) over (partition by waybill_id order by started_at) as ended_at
from starts
