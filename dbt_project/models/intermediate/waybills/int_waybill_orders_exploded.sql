with waybills as (
    select * from {{ ref('int_waybills_resolved') }}
    where platform_id is not null
),

derived as (
    select * from {{ ref('int_waybills_derived') }}
),

exploded as (
    select
        waybill_id,
        platform_id,
        purpose,
        {{ explode(list_distinct(list_concat(
            'order_numbers',
            list_of('order_line_numbers', "split_part(item, ':', 1)"),
        ))) }} as order_number
    from waybills
)

select
    waybill_id,
    platform_id || ':' || order_number as order_id,
    purpose
from exploded

union all

select
    waybill_id,
    order_id,
    'sale' as purpose
from derived
