with provinces as (
    select * from {{ ref('provinces') }}
)

select
    provinces.province_id,
    provinces.country_code,
    provinces.province_name,
    provinces.province_name_zh,
    provinces.region,
    provinces.longitude,
    provinces.latitude
from provinces
