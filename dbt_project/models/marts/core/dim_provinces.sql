select
    cast(null as varchar) as province_id,
    cast(null as varchar) as country_code,
    cast(null as varchar) as province_name,
    cast(null as varchar) as province_name_zh,
    cast(null as varchar) as region,
    cast(null as double) as longitude,
    cast(null as double) as latitude
where false
