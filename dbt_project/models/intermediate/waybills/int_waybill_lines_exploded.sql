with waybills as (
    select * from {{ ref('int_waybills_resolved') }}
    where platform_id is not null
),

derived as (
    select * from {{ ref('int_waybills_derived') }}
),

order_lines as (
    select * from {{ ref('int_order_lines_resolved') }}
),

exploded as (
    select
        waybill_id,
        platform_id,
        purpose,
        {{ explode(list_distinct('order_line_numbers')) }} as order_line_number
    from waybills
)

select
    waybill_id,
    platform_id || ':' || split_part(order_line_number, ':', 1) as order_id,
    platform_id || ':' || order_line_number as order_line_id,
    purpose
from exploded

union all

select
    derived.waybill_id,
    derived.order_id,
    order_lines.order_line_id,
    'sale' as purpose
from derived
inner join order_lines
    on
        derived.order_id = order_lines.order_id
        and derived.merchant_id = order_lines.merchant_id
