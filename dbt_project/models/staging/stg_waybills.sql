{{ after('touched_numbers') -}}
with waybills as (
    select * from {{ source('touched', 'waybills') }}
),

courier_codes as (
    select * from {{ ref('courier_codes') }}
),

service_codes as (
    select * from {{ ref('service_codes') }}
),

waybill_system_codes as (
    select * from {{ ref('waybill_system_codes') }}
),

purpose_codes as (
    select * from {{ ref('purpose_codes') }}
),

corrections as (
    {{ courier_corrections() }}
),

provinces as (
    {{ province_keys() }}
),

cities as (
    {{ city_keys() }}
),

world_origin_cities as (
    {{ world_city_keys('waybills', 'origin_') }}
),

world_cities as (
    {{ world_city_keys('waybills', 'destination_') }}
)

select
    coalesce(corrections.waybill_id, {{ waybill_id('waybills', 'courier_codes') }}) as waybill_id,
    waybills.provider_id,
    waybills.platform_id,
    coalesce(corrections.courier_id, courier_codes.courier_id, 'unknown') as courier_id,
    coalesce(courier_codes.courier_id, 'unknown') as named_courier_id,
    waybills.platform_id || ':' || waybills.merchant_code as merchant_id,
    coalesce(origin_cities.adcode, world_origin_cities.adcode) as origin_adcode,
    coalesce(origin_provinces.province_id, world_origin_cities.province_id) as origin_province_id,
    {{ place_id('waybills', 'origin_provinces', 'origin_cities', 'origin_') }} as origin_place_id,
    coalesce(origin_provinces.country_code, waybills.origin_country_code) as origin_country_code,
    coalesce(cities.adcode, world_cities.adcode) as destination_adcode,
    coalesce(provinces.province_id, world_cities.province_id) as destination_province_id,
    {{ place_id('waybills', 'provinces', 'cities', 'destination_') }} as destination_place_id,
    coalesce(provinces.country_code, waybills.destination_country_code) as destination_country_code,
    waybills.currency,
    waybills.courier_code,
    waybills.waybill_number,
    waybills.service_code,
    coalesce(service_codes.service, 'unknown') as service,
    waybills.waybill_system_code,
    coalesce(waybill_system_codes.waybill_system, 'unknown') as waybill_system,
    waybills.purpose_code,
    case
        when waybills.purpose_code is null then 'sale'
        else coalesce(purpose_codes.purpose, 'unknown')
    end as purpose,
    {{ unresolved_place('waybills', 'origin_cities', 'origin_', 'world_origin_cities') }} as unresolved_origin_place,
    {{ unresolved_place('waybills', 'cities', 'destination_', 'world_cities') }} as unresolved_place,
    waybills.order_numbers,
    waybills.order_line_numbers,
    waybills.weight_grams,
    waybills.freight_cost_amount,
    waybills.declared_amount,
    waybills.declared_currency,
    waybills.tariff_headings,
    waybills.entry_channel_code,
    waybills.seller_scheme_code,
    waybills.hub_code,
    waybills.duty_amount,
    waybills.import_tax_amount,
    waybills.import_fee_amount,
    waybills.promised_day_count,
    waybills.promised_day_kind_code,
    waybills.promised_delivery_date,
    waybills.registered_at,
    waybills.promised_ship_at,
    waybills.promised_delivery_at,
    waybills.updated_at,
    waybills._load_id,
    waybills._row_key
from waybills
left join courier_codes
    on
        waybills.provider_id = courier_codes.provider_id
        and waybills.courier_code = courier_codes.code
left join corrections
    on {{ waybill_id('waybills', 'courier_codes') }} = corrections.former_waybill_id
left join service_codes
    on
        waybills.provider_id = service_codes.provider_id
        and waybills.service_code = service_codes.code
left join waybill_system_codes
    on
        waybills.provider_id = waybill_system_codes.provider_id
        and waybills.waybill_system_code = waybill_system_codes.code
left join purpose_codes
    on
        waybills.provider_id = purpose_codes.provider_id
        and waybills.purpose_code = purpose_codes.code
left join provinces as origin_provinces
    on {{ is_in_province('waybills', 'origin_provinces', 'origin_') }}
left join cities as origin_cities
    on {{ is_in_city('waybills', 'origin_provinces', 'origin_cities', 'origin_') }}
left join world_origin_cities
    on {{ is_in_world_city('waybills', 'origin_provinces', 'world_origin_cities', 'origin_') }}
left join provinces
    on {{ is_in_province('waybills', 'provinces', 'destination_') }}
left join cities
    on {{ is_in_city('waybills', 'provinces', 'cities', 'destination_') }}
left join world_cities
    on {{ is_in_world_city('waybills', 'provinces', 'world_cities', 'destination_') }}
