{{ config(materialized='view') }}
with order_lines as (
    select * from {{ ref('int_order_lines_chosen') }}
),

set_aside as (
    select * from {{ ref('int_order_rows_set_aside') }}
    where entity = 'order_lines'
)

select order_lines.*
from order_lines
left join set_aside
    on order_lines.order_line_id = set_aside.row_id
where set_aside.row_id is null
