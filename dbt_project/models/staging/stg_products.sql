{{ after('touched_numbers') -}}
with products as (
    select * from {{ source('touched', 'products') }}
)

select
    products.platform_id || ':' || products.product_code as product_id,
    products.platform_id,
    products.provider_id,
    products.platform_id || ':' || products.merchant_code as merchant_id,
    products.platform_id || ':' || products.category_code as category_id,
    products.brand_name,
    products.product_code,
    products.weight_grams,
    products.updated_at,
    products._load_id,
    products._row_key
from products
