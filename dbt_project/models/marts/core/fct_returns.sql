-- Small beside orders, so made anew by every build. A waybill number that was used again is not told apart.
with returns as (
    select * from {{ ref('stg_returns') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by return_id
            order by updated_at desc nulls last, _row_key desc
        ) as snapshot_rank
    from returns
)

select
    return_id,
    order_id,
    order_line_id,
    platform_id,
    provider_id,
    waybill_id,
    reason_code as return_reason_code,
    payer_code as return_payer_code,
    currency,
    postage_amount as return_postage_amount,
    is_resaleable,
    requested_at as return_requested_at,
    received_at as return_received_at
from ranked
where snapshot_rank = 1
