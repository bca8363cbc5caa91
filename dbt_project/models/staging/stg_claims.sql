{{ after('touched_numbers') -}}
with claims as (
    select * from {{ source('touched', 'claims') }}
),

courier_codes as (
    select * from {{ ref('courier_codes') }}
)

select
    {{ waybill_id('claims', 'courier_codes') }} || ':' || claims.claim_number as claim_id,
    {{ waybill_id('claims', 'courier_codes') }} as waybill_id,
    coalesce(courier_codes.courier_id, 'unknown') as courier_id,
    claims.platform_id,
    claims.provider_id,
    claims.platform_id || ':' || claims.merchant_code as merchant_id,
    claims.reason_code,
    claims.status_code,
    claims.currency,
    claims.claimed_amount,
    claims.paid_amount,
    claims.claimed_at,
    claims.decided_at,
    claims.paid_at,
    claims.updated_at,
    claims._row_key
from claims
left join courier_codes
    on
        claims.provider_id = courier_codes.provider_id
        and claims.courier_code = courier_codes.code
