-- A parcel that goes on under another number stays with its courier unless another is named: then it goes on, and not
-- back. Structs compare field by field: the latest counts.
with events as (
    select * from {{ ref('int_waybill_events_classified') }}
    where next_waybill_number is not null and is_retracted is not true
),

named as (
    select
        coalesce(next_courier_key, split_part(waybill_id, ':', 1)) || ':' || next_waybill_number as waybill_id,
        {{ struct_of({
            'at': 'occurred_at',
            'waybill_id': 'waybill_id',
            'purpose':
                "case when next_courier_key is null and milestone in ('returning', 'returned') then 'return' else 'sale' end",
        }) }} as parent
    from events
),

latest as (
    select
        waybill_id,
        max(parent) as parent
    from named
    where waybill_id <> parent.waybill_id
    group by waybill_id
)

select
    waybill_id,
    parent.waybill_id as parent_waybill_id,
    parent.purpose
from latest
