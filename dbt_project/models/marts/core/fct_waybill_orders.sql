select
    cast(null as varchar) as waybill_id,
    cast(null as varchar) as order_id,
    cast(null as bigint) as line_count,
    cast(null as decimal(18,2)) as gmv_paid,
    cast(null as boolean) as is_line_known
where false
