with products as (
    select * from {{ ref('stg_products') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by product_id
            order by updated_at desc nulls last, _row_key desc
        ) as snapshot_rank
    from products
)

select
    product_id,
    platform_id,
    merchant_id,
    category_id,
    brand_name,
    product_code,
    weight_grams
from ranked
where snapshot_rank = 1
