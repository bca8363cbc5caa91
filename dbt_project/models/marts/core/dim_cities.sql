select
    cast(null as varchar) as adcode,
    cast(null as varchar) as province_id,
    cast(null as varchar) as city_name,
    cast(null as varchar) as city_name_zh,
    cast(null as double) as longitude,
    cast(null as double) as latitude
where false
