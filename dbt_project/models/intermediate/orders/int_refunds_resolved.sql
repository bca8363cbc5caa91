{{ config(materialized='view') }}
with refunds as (
    select * from {{ ref('int_refunds_chosen') }}
),

order_lines as (
    select * from {{ ref('int_order_lines_resolved') }}
),

set_aside as (
    select * from {{ ref('int_order_rows_set_aside') }}
    where entity = 'refunds'
)

-- A refund of a line that we do not have stands with its order.
select
    refunds.order_id,
    order_lines.order_line_id,
    refunds.refund_number,
    refunds.currency,
    refunds.refunded_amount,
    refunds.refunded_at
from refunds
left join order_lines
    on refunds.order_line_id = order_lines.order_line_id
left join set_aside
    on refunds.refund_id = set_aside.row_id
where set_aside.row_id is null
