with merchants as (
    select * from {{ ref('stg_merchants') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by merchant_id
            order by updated_at desc nulls last, _row_key desc
        ) as snapshot_rank
    from merchants
)

select
    merchant_id,
    platform_id,
    adcode,
    province_id,
    merchant_name,
    merchant_code,
    country_code
from ranked
where snapshot_rank = 1
