{{ after('touched_numbers') -}}
with payments as (
    select * from {{ source('touched', 'payments') }}
)

select
    payments.platform_id || ':' || payments.order_number as order_id,
    payments.platform_id,
    payments.provider_id,
    payments.currency,
    payments.order_number,
    payments.payment_number,
    payments.method_code,
    payments.amount as paid_amount,
    payments.paid_at,
    payments.updated_at,
    payments._load_id,
    payments._line_number,
    payments._row_key
from payments
