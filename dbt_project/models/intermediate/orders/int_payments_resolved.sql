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
    order_id || ':' || payment_number as payment_id,
    order_id,
    provider_id,
    order_number,
    payment_number,
    currency,
    paid_amount,
    paid_at,
    _load_id,
    _line_number
from ranked
where snapshot_rank = 1
