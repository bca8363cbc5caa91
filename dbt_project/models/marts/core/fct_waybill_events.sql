select
    cast(null as varchar) as waybill_id,
    cast(null as varchar) as provider_id,
    cast(null as varchar) as courier_id,
    cast(null as varchar) as adcode,
    cast(null as varchar) as province_id,
    cast(null as varchar) as milestone,
    cast(null as varchar) as reason,
    cast(null as varchar) as event_code,
    cast(null as varchar) as event_text,
    cast(null as boolean) as is_zone_explicit,
    cast(null as timestamptz) as occurred_at,
    cast(null as timestamptz) as received_at,
    cast(null as bigint) as _load_id,
    cast(null as ubigint) as _event_key
where false
