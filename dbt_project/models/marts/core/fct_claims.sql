-- Small beside waybills, so made anew by every build. A waybill number that was used again is not told apart.
with claims as (
    select * from {{ ref('stg_claims') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by claim_id
            order by updated_at desc nulls last, _row_key desc
        ) as snapshot_rank
    from claims
)

select
    claim_id,
    waybill_id,
    courier_id,
    platform_id,
    provider_id,
    merchant_id,
    reason_code as claim_reason_code,
    status_code as claim_status_code,
    currency,
    claimed_amount,
    paid_amount as claim_paid_amount,
    claimed_at,
    decided_at as claim_decided_at,
    paid_at as claim_paid_at
from ranked
where snapshot_rank = 1
