select
    cast(null as varchar) as platform_id,
    cast(null as varchar) as platform_name,
    cast(null as varchar) as platform_name_zh,
    cast(null as varchar) as time_zone,
    cast(null as varchar) as country_code,
    cast(null as varchar) as currency
where false
