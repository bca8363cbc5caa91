with payments as (
    select * from {{ ref('stg_payments') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by order_id, payment_number
            order by updated_at desc nulls last, _row_key desc
        ) as snapshot_rank
    from payments
)

select
    order_id,
    payment_number,
    currency,
    paid_amount,
    paid_at
from ranked
where snapshot_rank = 1
