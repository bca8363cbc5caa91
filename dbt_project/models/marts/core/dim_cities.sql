-- Ours for China, GeoNames' elsewhere.
with cities as (
    select * from {{ ref('cities') }}
),

provinces as (
    select * from {{ ref('provinces') }}
),

world_cities as (
    select * from {{ ref('stg_world_cities') }}
),

-- Of the places outside China those that something came from or went to.
used as (
    select adcode from {{ ref('fct_orders') }}
    union
    select origin_adcode as adcode from {{ ref('fct_waybills') }}
    union
    select destination_adcode as adcode from {{ ref('fct_waybills') }}
    union
    select adcode from {{ ref('dim_merchants') }}
    union
    select adcode from {{ ref('dim_consumers') }}
)

select
    cities.adcode,
    cities.province_id,
    provinces.country_code,
    cities.city_name,
    cities.city_name_zh,
    'Asia/Shanghai' as time_zone,
    cast(null as double) as larger_cities_share,
    cities.longitude,
    cities.latitude
from cities
left join provinces
    on cities.province_id = provinces.province_id

union all

select
    world_cities.adcode,
    world_cities.province_id,
    world_cities.country_code,
    world_cities.city_name,
    null as city_name_zh,
    world_cities.time_zone,
    world_cities.larger_share as larger_cities_share,
    world_cities.longitude,
    world_cities.latitude
from world_cities
inner join used
    on world_cities.adcode = used.adcode
