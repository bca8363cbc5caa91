with refunds as (
    select * from {{ ref('stg_refunds') }}
),

order_lines as (
    select * from {{ ref('int_order_lines_resolved') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by order_id, refund_number
            order by updated_at desc nulls last, _row_key desc
        ) as snapshot_rank
    from refunds
)

-- A refund of a line that we do not have stands with its order.
select
    ranked.order_id,
    order_lines.order_line_id,
    ranked.refund_number,
    ranked.currency,
    ranked.refunded_amount,
    ranked.refunded_at
from ranked
left join order_lines
    on ranked.order_line_id = order_lines.order_line_id
where ranked.snapshot_rank = 1
