{{ after('touched_numbers') -}}
with pickup_points as (
    select * from {{ source('touched', 'pickup_points') }}
),

provinces as (
    {{ province_keys() }}
),

cities as (
    {{ city_keys() }}
)

select
    pickup_points.provider_id || ':' || pickup_points.pickup_point_code as pickup_point_id,
    pickup_points.provider_id,
    cities.adcode,
    provinces.province_id,
    pickup_points.kind_code,
    pickup_points.capacity_count,
    pickup_points.updated_at,
    pickup_points._row_key
from pickup_points
left join provinces
    on {{ is_in_province('pickup_points', 'provinces') }}
left join cities
    on {{ is_in_city('pickup_points', 'provinces', 'cities') }}
