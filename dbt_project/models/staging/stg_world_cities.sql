select
    adcode,
    province_id,
    country_code,
    city_name,
    time_zone,
    larger_share,
    longitude,
    latitude
from {{ world_places('cities') }}
