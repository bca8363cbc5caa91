select
    cast(null as varchar) as provider_id,
    cast(null as varchar) as provider_name,
    cast(null as varchar) as time_zone,
    cast(null as boolean) as is_simulated,
    cast(null as timestamptz) as as_of_at
where false
