{{ after('touched_numbers') -}}
with refunds as (
    select * from {{ source('touched', 'refunds') }}
)

select
    refunds.platform_id || ':' || refunds.order_number as order_id,
    refunds.platform_id || ':' || refunds.order_number || ':' || refunds.order_line_number as order_line_id,
    refunds.platform_id,
    refunds.provider_id,
    refunds.currency,
    refunds.order_number,
    refunds.refund_number,
    refunds.amount as refunded_amount,
    refunds.refunded_at,
    refunds.updated_at,
    refunds._load_id,
    refunds._line_number,
    refunds._row_key
from refunds
