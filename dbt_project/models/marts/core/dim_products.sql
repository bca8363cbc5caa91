select
    cast(null as varchar) as product_id,
    cast(null as varchar) as platform_id,
    cast(null as varchar) as merchant_id,
    cast(null as varchar) as category_id,
    cast(null as varchar) as brand_name,
    cast(null as varchar) as product_code,
    cast(null as bigint) as weight_grams
where false
