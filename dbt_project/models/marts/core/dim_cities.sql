with cities as (
    select * from {{ ref('cities') }}
)

select
    cities.adcode,
    cities.province_id,
    cities.city_name,
    cities.city_name_zh,
    cities.longitude,
    cities.latitude
from cities
