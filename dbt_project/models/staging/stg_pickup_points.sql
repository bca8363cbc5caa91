{{ after('touched_numbers') -}}
with pickup_points as (
    select * from {{ source('touched', 'pickup_points') }}
),

provinces as (
    {{ province_keys() }}
),

cities as (
    {{ city_keys() }}
),

world_cities as (
    {{ world_city_keys('pickup_points') }}
)

select
    pickup_points.provider_id || ':' || pickup_points.pickup_point_code as pickup_point_id,
    pickup_points.provider_id,
    coalesce(cities.adcode, world_cities.adcode) as adcode,
    coalesce(provinces.province_id, world_cities.province_id) as province_id,
    pickup_points.kind_code,
    pickup_points.capacity_count,
    pickup_points.updated_at,
    pickup_points._row_key
from pickup_points
left join provinces
    on {{ is_in_province('pickup_points', 'provinces') }}
left join cities
    on {{ is_in_city('pickup_points', 'provinces', 'cities') }}
left join world_cities
    on {{ is_in_world_city('pickup_points', 'provinces', 'world_cities') }}
