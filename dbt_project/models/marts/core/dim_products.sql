-- Also products that only lines name.
with products as (
    select * from {{ ref('int_products_resolved') }}
),

order_lines as (
    select * from {{ ref('fct_order_lines') }}
),

named as (
    select product_id from products
    union
    select product_id from order_lines
    where product_id is not null
)

select
    named.product_id,
    split_part(named.product_id, ':', 1) as platform_id,
    products.merchant_id,
    products.category_id,
    products.brand_name,
    substr(named.product_id, length(split_part(named.product_id, ':', 1)) + 2) as product_code,
    products.weight_grams
from named
left join products
    on named.product_id = products.product_id
