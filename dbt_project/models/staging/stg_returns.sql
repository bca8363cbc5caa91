{{ after('touched_numbers') -}}
with returns as (
    select * from {{ source('touched', 'returns') }}
),

courier_codes as (
    select * from {{ ref('courier_codes') }}
)

select
    returns.platform_id || ':' || returns.order_number || ':' || returns.return_number as return_id,
    returns.platform_id || ':' || returns.order_number as order_id,
    returns.platform_id || ':' || returns.order_number || ':' || returns.order_line_number as order_line_id,
    returns.platform_id,
    returns.provider_id,
    {{ waybill_id('returns', 'courier_codes') }} as waybill_id,
    returns.reason_code,
    returns.payer_code,
    returns.currency,
    returns.postage_amount,
    returns.is_resaleable,
    returns.requested_at,
    returns.received_at,
    returns.updated_at,
    returns._row_key
from returns
left join courier_codes
    on
        returns.provider_id = courier_codes.provider_id
        and returns.courier_code = courier_codes.code
