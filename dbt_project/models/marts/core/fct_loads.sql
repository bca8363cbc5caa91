select
    cast(null as bigint) as load_id,
    cast(null as varchar) as provider_id,
    cast(null as varchar) as entity,
    cast(null as varchar) as file_name,
    cast(null as bigint) as read_count,
    cast(null as bigint) as loaded_count,
    cast(null as bigint) as duplicate_count,
    cast(null as bigint) as quarantined_count,
    cast(null as boolean) as is_simulated,
    cast(null as date) as loaded_date,
    cast(null as timestamptz) as started_at,
    cast(null as timestamptz) as loaded_at
where false
