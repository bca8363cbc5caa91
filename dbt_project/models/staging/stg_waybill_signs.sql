{{ after('touched_numbers') -}}
-- Identity and time alone, so that looking for recycled numbers does not resolve places.
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

signs as (
    select
        provider_id,
        courier_code,
        waybill_number,
        false as is_registration,
        occurred_at as seen_at
    from waybill_events

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
