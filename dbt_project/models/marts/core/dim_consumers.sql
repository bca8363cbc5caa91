select
    cast(null as varchar) as consumer_id,
    cast(null as varchar) as platform_id,
    cast(null as varchar) as adcode,
    cast(null as varchar) as province_id,
    cast(null as bigint) as order_count,
    cast(null as bigint) as paid_order_count,
    cast(null as date) as first_order_date,
    cast(null as date) as last_order_date
where false
