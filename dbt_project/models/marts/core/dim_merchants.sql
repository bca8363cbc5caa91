select
    cast(null as varchar) as merchant_id,
    cast(null as varchar) as platform_id,
    cast(null as varchar) as adcode,
    cast(null as varchar) as province_id,
    cast(null as varchar) as merchant_name,
    cast(null as varchar) as merchant_code
where false
