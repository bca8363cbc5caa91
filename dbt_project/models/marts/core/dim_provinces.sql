-- Ours for China, ISO 3166-2 elsewhere.
with provinces as (
    select * from {{ ref('provinces') }}
),

world_divisions as (
    select * from {{ world_places('divisions') }}
),

-- Of the places outside China those that something came from or went to.
used as (
    select province_id from {{ ref('fct_orders') }}
    union
    select origin_province_id as province_id from {{ ref('fct_waybills') }}
    union
    select destination_province_id as province_id from {{ ref('fct_waybills') }}
    union
    select province_id from {{ ref('dim_merchants') }}
    union
    select province_id from {{ ref('dim_consumers') }}
)

select
    province_id,
    country_code,
    province_name,
    province_name_zh,
    region,
    longitude,
    latitude
from provinces

union all

select
    world_divisions.province_id,
    world_divisions.country_code,
    world_divisions.province_name,
    null as province_name_zh,
    null as region,
    world_divisions.longitude,
    world_divisions.latitude
from world_divisions
inner join used
    on world_divisions.province_id = used.province_id
