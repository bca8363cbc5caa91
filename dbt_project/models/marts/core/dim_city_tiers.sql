select
    cast(null as varchar) as adcode,
    cast(null as bigint) as list_year,
    cast(null as varchar) as tier,
    cast(null as varchar) as source,
    cast(null as boolean) as is_complete_list,
    cast(null as date) as valid_from_date,
    cast(null as date) as valid_to_date
where false
