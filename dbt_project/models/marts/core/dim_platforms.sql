with platforms as (
    select * from {{ ref('platforms') }}
)

select
    platforms.platform_id,
    platforms.platform_name,
    platforms.platform_name_zh,
    platforms.time_zone,
    platforms.country_code,
    platforms.currency
from platforms
