select
    cast(null as varchar) as provider_id,
    cast(null as varchar) as kind,
    cast(null as varchar) as code,
    cast(null as bigint) as row_count,
    cast(null as timestamptz) as first_seen_at,
    cast(null as timestamptz) as last_seen_at
where false
