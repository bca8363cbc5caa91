{{ after('touched_numbers') -}}
with merchants as (
    select * from {{ source('touched', 'merchants') }}
),

provinces as (
    {{ province_keys() }}
),

cities as (
    {{ city_keys() }}
),

world_cities as (
    {{ world_city_keys('merchants') }}
)

select
    merchants.platform_id || ':' || merchants.merchant_code as merchant_id,
    merchants.platform_id,
    merchants.provider_id,
    coalesce(cities.adcode, world_cities.adcode) as adcode,
    coalesce(provinces.province_id, world_cities.province_id) as province_id,
    merchants.merchant_name,
    merchants.merchant_code,
    coalesce(provinces.country_code, merchants.country_code) as country_code,
    {{ unresolved_place('merchants', 'cities', '', 'world_cities') }} as unresolved_place,
    merchants.updated_at,
    merchants._load_id,
    merchants._row_key
from merchants
left join provinces
    on {{ is_in_province('merchants', 'provinces') }}
left join cities
    on {{ is_in_city('merchants', 'provinces', 'cities') }}
left join world_cities
    on {{ is_in_world_city('merchants', 'provinces', 'world_cities') }}
