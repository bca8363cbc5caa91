select
    cast(null as varchar) as courier_id,
    cast(null as varchar) as courier_name,
    cast(null as varchar) as courier_name_zh
where false
