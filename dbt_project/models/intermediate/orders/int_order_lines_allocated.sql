-- Money is allocated in fen as whole numbers: cut towards zero by goods amount, the remainder on the first line.
with order_lines as (
    select * from {{ ref('int_order_lines_resolved') }}
),

orders as (
    select * from {{ ref('int_orders_resolved') }}
),

refunds as (
    select
        order_id,
        sum(refunded_amount) as refunded_amount
    from {{ ref('int_refunds_resolved') }}
    where order_line_id is null
    group by order_id
),

weighted as (
    select
        order_lines.order_line_id,
        order_lines.order_id,
        cast(order_lines.goods_amount * 100 as bigint) as goods_fen,
        sum(cast(order_lines.goods_amount * 100 as bigint)) over (partition by order_lines.order_id) as order_goods_fen,
        row_number() over (
            partition by order_lines.order_id
            order by length(order_lines.order_line_number), order_lines.order_line_number
        ) as line_position,
        cast(orders.value_amount * 100 as bigint) as value_fen,
        cast(orders.platform_subsidy_amount * 100 as bigint) as platform_subsidy_fen,
        cast(coalesce(refunds.refunded_amount, 0) * 100 as bigint) as refunded_fen
    from order_lines
    inner join orders
        on order_lines.order_id = orders.order_id
    left join refunds
        on orders.order_id = refunds.order_id
    where
        orders.value_amount <> 0
        or orders.platform_subsidy_amount <> 0
        or coalesce(refunds.refunded_amount, 0) <> 0
),

shared as (
    select
        order_line_id,
        order_id,
        line_position,
        value_fen,
        platform_subsidy_fen,
        refunded_fen,
        {{ share_of('value_fen', 'goods_fen', 'order_goods_fen') }} as value_share_fen,
        {{ share_of('platform_subsidy_fen', 'goods_fen', 'order_goods_fen') }} as platform_subsidy_share_fen,
        {{ share_of('refunded_fen', 'goods_fen', 'order_goods_fen') }} as refunded_share_fen
    from weighted
),

completed as (
    select
        order_line_id,
        {{ with_remainder('value_fen', 'value_share_fen', 'order_id', 'line_position') }} as value_fen,
        {{ with_remainder('platform_subsidy_fen', 'platform_subsidy_share_fen', 'order_id', 'line_position') }}
            as platform_subsidy_fen,
        {{ with_remainder('refunded_fen', 'refunded_share_fen', 'order_id', 'line_position') }} as refunded_fen
    from shared
)

select
    order_line_id,
    {{ amount_of_fen('value_fen') }} as value_amount,
    {{ amount_of_fen('platform_subsidy_fen') }} as platform_subsidy_amount,
    {{ amount_of_fen('refunded_fen') }} as refunded_amount
from completed
