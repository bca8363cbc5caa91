with refunds as (
    select * from {{ ref('stg_refunds') }}
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

select
    order_id || ':' || refund_number as refund_id,
    order_id,
    order_line_id,
    provider_id,
    currency,
    order_number,
    refund_number,
    refunded_amount,
    refunded_at,
    _load_id,
    _line_number
from ranked
where snapshot_rank = 1
