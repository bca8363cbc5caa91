-- A line counts once its order is loaded: without one it has no date.
with order_lines as (
    select * from {{ ref('int_order_lines_resolved') }}
),

allocations as (
    select * from {{ ref('int_order_lines_allocated') }}
),

orders as (
    select * from {{ ref('int_orders_resolved') }}
),

refunds as (
    select
        order_line_id,
        sum(refunded_amount) as refunded_amount
    from {{ ref('int_refunds_resolved') }}
    where order_line_id is not null
    group by order_line_id
),

totalled as (
    select
        order_lines.*,
        orders.consumer_id,
        orders.adcode,
        orders.province_id,
        orders.country_code,
        orders.home_country_code,
        orders.channel,
        orders.is_paid,
        orders.is_cancelled,
        orders.is_received,
        orders.has_unpaid_orders,
        orders.has_refunds,
        orders.has_receipts,
        orders.order_date,
        orders.payment_date,
        orders.placed_at,
        orders.paid_at,
        order_lines.value_amount + coalesce(allocations.value_amount, 0) as total_value_amount,
        order_lines.platform_subsidy_amount + coalesce(allocations.platform_subsidy_amount, 0) as total_subsidy_amount,
        coalesce(refunds.refunded_amount, 0) + coalesce(allocations.refunded_amount, 0) as total_refunded_amount
    from order_lines
    inner join orders
        on order_lines.order_id = orders.order_id
    left join allocations
        on order_lines.order_line_id = allocations.order_line_id
    left join refunds
        on order_lines.order_line_id = refunds.order_line_id
)

select
    order_line_id,
    order_id,
    platform_id,
    provider_id,
    merchant_id,
    product_id,
    consumer_id,
    adcode,
    province_id,
    currency,
    order_number,
    order_line_number,
    country_code,
    home_country_code,
    channel,
    unit_count,
    goods_amount,
    postage_amount,
    cost_amount,
    {{ gmv_readings('total_value_amount', 'total_refunded_amount') }},
    total_subsidy_amount as platform_subsidy_amount,
    case when has_refunds then total_refunded_amount end as refunded_amount,
    is_paid,
    order_date,
    payment_date,
    placed_at,
    paid_at,
    promised_ship_at,
    _load_id
from totalled
