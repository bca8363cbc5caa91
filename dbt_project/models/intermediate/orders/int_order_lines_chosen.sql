with order_lines as (
    select * from {{ ref('stg_order_lines') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by order_line_id
            order by updated_at desc nulls last, _row_key desc
        ) as snapshot_rank
    from order_lines
)

select
    order_line_id,
    order_id,
    platform_id,
    provider_id,
    merchant_id,
    product_id,
    currency,
    order_number,
    order_line_number,
    merchant_code,
    unit_count,
    goods_amount,
    goods_amount - merchant_discount_amount + adjustment_amount as value_amount,
    platform_discount_amount as platform_subsidy_amount,
    postage_amount,
    cost_amount,
    promised_ship_at,
    _load_id,
    _line_number
from ranked
where snapshot_rank = 1
