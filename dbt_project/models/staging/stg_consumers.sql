{{ after('touched_numbers') -}}
with consumers as (
    select * from {{ source('touched', 'consumers') }}
),

provinces as (
    {{ province_keys() }}
),

cities as (
    {{ city_keys() }}
),

world_cities as (
    {{ world_city_keys('consumers') }}
)

select
    consumers.platform_id || ':' || coalesce(consumers.account_code, consumers.consumer_code) as consumer_id,
    consumers.platform_id,
    consumers.provider_id,
    coalesce(cities.adcode, world_cities.adcode) as adcode,
    coalesce(provinces.province_id, world_cities.province_id) as province_id,
    consumers.consumer_code,
    coalesce(provinces.country_code, consumers.country_code) as country_code,
    {{ unresolved_place('consumers', 'cities', '', 'world_cities') }} as unresolved_place,
    consumers.updated_at,
    consumers._load_id,
    consumers._row_key
from consumers
left join provinces
    on {{ is_in_province('consumers', 'provinces') }}
left join cities
    on {{ is_in_city('consumers', 'provinces', 'cities') }}
left join world_cities
    on {{ is_in_world_city('consumers', 'provinces', 'world_cities') }}
