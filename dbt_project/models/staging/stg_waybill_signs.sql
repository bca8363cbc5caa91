{{ after('touched_numbers') -}}
-- Identity and time alone, so that looking for recycled numbers does not resolve places. A time at which a scan was
-- retracted is no sign.
with waybill_events as (
    select * from {{ source('touched', 'waybill_events') }}
),

waybills as (
    select * from {{ source('touched', 'waybills') }}
),

courier_codes as (
    select * from {{ ref('courier_codes') }}
),

corrections as (
    {{ courier_corrections() }}
),

retracted as (
    select distinct
        provider_id,
        courier_code,
        waybill_number,
        occurred_at
    from {{ source('touched', 'waybill_events') }}
    where retracted_at is not null
),

signs as (
    select
        waybill_events.provider_id,
        waybill_events.courier_code,
        waybill_events.waybill_number,
        false as is_registration,
        waybill_events.occurred_at as seen_at
    from waybill_events
    left join retracted
        on
            waybill_events.provider_id = retracted.provider_id
            and waybill_events.courier_code = retracted.courier_code
            and waybill_events.waybill_number = retracted.waybill_number
            and waybill_events.occurred_at = retracted.occurred_at
    where retracted.waybill_number is null

    union all

    select
        provider_id,
        courier_code,
        waybill_number,
        true as is_registration,
        registered_at as seen_at
    from waybills
    where registered_at is not null
)

select
    coalesce(corrections.waybill_id, {{ waybill_id('signs', 'courier_codes') }}) as waybill_id,
    signs.provider_id,
    signs.is_registration,
    signs.seen_at
from signs
left join courier_codes
    on
        signs.provider_id = courier_codes.provider_id
        and signs.courier_code = courier_codes.code
left join corrections
    on {{ waybill_id('signs', 'courier_codes') }} = corrections.former_waybill_id
