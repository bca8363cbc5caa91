{{ after('touched_numbers') -}}
with order_lines as (
    select * from {{ source('touched', 'order_lines') }}
)

select
    order_lines.platform_id || ':' || order_lines.order_number || ':' || order_lines.order_line_number as order_line_id,
    order_lines.platform_id || ':' || order_lines.order_number as order_id,
    order_lines.platform_id,
    order_lines.provider_id,
    order_lines.platform_id || ':' || order_lines.merchant_code as merchant_id,
    order_lines.platform_id || ':' || order_lines.product_code as product_id,
    order_lines.currency,
    order_lines.order_number,
    order_lines.order_line_number,
    order_lines.merchant_code,
    order_lines.product_code,
    order_lines.unit_count,
    coalesce(order_lines.goods_amount, 0) as goods_amount,
    coalesce(order_lines.merchant_discount_amount, 0) as merchant_discount_amount,
    coalesce(order_lines.platform_discount_amount, 0) as platform_discount_amount,
    coalesce(order_lines.postage_amount, 0) as postage_amount,
    coalesce(order_lines.adjustment_amount, 0) as adjustment_amount,
    order_lines.cost_amount,
    order_lines.promised_ship_at,
    order_lines.updated_at,
    order_lines._load_id,
    order_lines._line_number,
    order_lines._row_key
from order_lines
