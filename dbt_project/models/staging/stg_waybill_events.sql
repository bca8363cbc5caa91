{{ after('touched_numbers') -}}
with waybill_events as (
    select * from {{ source('touched', 'waybill_events') }}
),

courier_codes as (
    select * from {{ ref('courier_codes') }}
),

corrections as (
    {{ courier_corrections() }}
),

provinces as (
    {{ province_keys() }}
),

cities as (
    {{ city_keys(is_city_enough=true) }}
)

select
    coalesce(corrections.waybill_id, {{ waybill_id('waybill_events', 'courier_codes') }}) as waybill_id,
    waybill_events.provider_id,
    coalesce(corrections.courier_id, courier_codes.courier_id, 'unknown') as courier_id,
    coalesce(courier_codes.courier_id, 'unknown') as named_courier_id,
    cities.adcode,
    coalesce(provinces.province_id, substr(cities.adcode, 1, 2) || '0000') as province_id,
    {{ place_id('waybill_events', 'provinces', 'cities') }} as place_id,
    waybill_events.courier_code,
    waybill_events.event_code,
    waybill_events.event_text,
    waybill_events.event_number,
    waybill_events.next_waybill_number,
    coalesce(next_codes.courier_id, waybill_events.provider_id || '/' || waybill_events.next_courier_code)
        as next_courier_key,
    waybill_events.pickup_point_code,
    {{ unresolved_place('waybill_events', 'cities') }} as unresolved_place,
    waybill_events.is_zone_explicit,
    coalesce(waybill_events.city_code, waybill_events.city_name, waybill_events.district_name) is not null as has_place,
    waybill_events.occurred_at,
    waybill_events.received_at,
    waybill_events.retracted_at,
    waybill_events._load_id,
    waybill_events._line_number,
    waybill_events._event_key
from waybill_events
left join courier_codes
    on
        waybill_events.provider_id = courier_codes.provider_id
        and waybill_events.courier_code = courier_codes.code
left join courier_codes as next_codes
    on
        waybill_events.provider_id = next_codes.provider_id
        and waybill_events.next_courier_code = next_codes.code
left join corrections
    on {{ waybill_id('waybill_events', 'courier_codes') }} = corrections.former_waybill_id
left join provinces
    on {{ is_in_province('waybill_events', 'provinces') }}
left join cities
    on {{ is_in_city('waybill_events', 'provinces', 'cities', is_city_enough=true) }}
