select
    cast(null as bigint) as load_id,
    cast(null as varchar) as provider_id,
    cast(null as varchar) as entity,
    cast(null as varchar) as reason,
    cast(null as varchar) as field,
    cast(null as varchar) as file_name,
    cast(null as bigint) as line_number
where false
