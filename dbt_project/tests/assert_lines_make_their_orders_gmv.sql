with orders as (
    select * from {{ tested_rows('fct_orders') }}
    where line_count > 0
),

lines_by_order as (
    select
        order_id,
        count(*) as line_count,
        sum(gmv_placed) as gmv_placed,
        sum(gmv_paid) as gmv_paid,
        sum(gmv_net) as gmv_net,
        sum(gmv_received) as gmv_received,
        sum(platform_subsidy_amount) as platform_subsidy_amount,
        sum(refunded_amount) as refunded_amount,
        count(distinct currency) as currency_count,
        min(currency) as currency
    from {{ tested_rows('fct_order_lines') }}
    group by order_id
)

select
    orders.order_id,
    orders.gmv_paid,
    lines_by_order.gmv_paid as gmv_paid_of_lines
from orders
left join lines_by_order
    on orders.order_id = lines_by_order.order_id
where
    orders.line_count <> coalesce(lines_by_order.line_count, 0)
    or coalesce(orders.gmv_placed, -1) <> coalesce(lines_by_order.gmv_placed, -1)
    or coalesce(orders.gmv_paid, -1) <> coalesce(lines_by_order.gmv_paid, -1)
    or coalesce(orders.gmv_net, -1) <> coalesce(lines_by_order.gmv_net, -1)
    or coalesce(orders.gmv_received, -1) <> coalesce(lines_by_order.gmv_received, -1)
    or coalesce(orders.refunded_amount, -1) <> coalesce(lines_by_order.refunded_amount, -1)
    or orders.platform_subsidy_amount <> lines_by_order.platform_subsidy_amount
    or lines_by_order.currency_count <> 1
    or lines_by_order.currency <> orders.currency
