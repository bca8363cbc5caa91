with waybills as (
    select * from {{ ref('int_waybills_resolved') }}
),

waybill_lines as (
    select * from {{ ref('int_waybill_lines_exploded') }}
),

exploded as (
    select
        waybill_id,
        platform_id,
        purpose,
        {{ explode('order_numbers') }} as order_number
    from waybills
)

select
    waybill_id,
    platform_id || ':' || order_number as order_id,
    purpose
from exploded
where platform_id is not null

union

select
    waybill_id,
    order_id,
    purpose
from waybill_lines
