{{ after('touched_numbers') -}}
with merchants as (
    select * from {{ source('touched', 'merchants') }}
),

provinces as (
    {{ province_keys() }}
),

cities as (
    {{ city_keys() }}
)

select
    merchants.platform_id || ':' || merchants.merchant_code as merchant_id,
    merchants.platform_id,
    merchants.provider_id,
    cities.adcode,
    provinces.province_id,
    merchants.merchant_name,
    merchants.merchant_code,
    {{ unresolved_place('merchants', 'cities') }} as unresolved_place,
    merchants.updated_at,
    merchants._load_id,
    merchants._row_key
from merchants
left join provinces
    on {{ is_in_province('merchants', 'provinces') }}
left join cities
    on {{ is_in_city('merchants', 'provinces', 'cities') }}
