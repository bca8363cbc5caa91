with orders as (
    select * from {{ ref('int_orders_resolved') }}
),

lines_by_order as (
    select
        order_id,
        count(*) as line_count,
        sum(gmv_placed) as gmv_placed,
        sum(gmv_paid) as gmv_paid,
        sum(gmv_net) as gmv_net,
        sum(gmv_received) as gmv_received,
        sum(postage_amount) as postage_amount,
        -- Known where it is of every line.
        case when count(cost_amount) = count(*) then sum(cost_amount) end as cost_amount,
        sum(platform_subsidy_amount) as platform_subsidy_amount
    from {{ ref('int_order_lines_valued') }}
    group by order_id
),

refunds as (
    select
        order_id,
        sum(refunded_amount) as refunded_amount
    from {{ ref('int_refunds_resolved') }}
    group by order_id
),

-- A payment in another currency is what the consumer was shown.
payments as (
    select
        payments.order_id,
        sum(payments.paid_amount) as paid_amount
    from {{ ref('int_payments_resolved') }} as payments
    inner join {{ ref('int_orders_resolved') }} as orders
        on
            payments.order_id = orders.order_id
            and payments.currency = orders.currency
    group by payments.order_id
),

own as (
    select
        orders.order_id,
        {{ gmv_readings('orders.value_amount', 'coalesce(refunds.refunded_amount, 0)') }},
        orders.paid_amount,
        orders.postage_amount,
        orders.platform_subsidy_amount,
        case when orders.has_refunds then coalesce(refunds.refunded_amount, 0) end as refunded_amount,
        orders.is_paid
    from orders
    left join refunds
        on orders.order_id = refunds.order_id
)

-- The lines already hold the order's own components and refunds, allocated; without lines the order's own stand.
select
    own.order_id,
    coalesce(lines_by_order.line_count, 0) as line_count,
    cast(
        case
            when lines_by_order.order_id is null then own.gmv_placed
            else lines_by_order.gmv_placed
        end as decimal(18, 2)
    ) as gmv_placed,
    cast(
        case
            when lines_by_order.order_id is null then own.gmv_paid
            else lines_by_order.gmv_paid
        end as decimal(18, 2)
    ) as gmv_paid,
    cast(
        case
            when lines_by_order.order_id is null then own.gmv_net
            else lines_by_order.gmv_net
        end as decimal(18, 2)
    ) as gmv_net,
    cast(
        case
            when lines_by_order.order_id is null then own.gmv_received
            else lines_by_order.gmv_received
        end as decimal(18, 2)
    ) as gmv_received,
    cast(
        case when own.is_paid then coalesce(own.paid_amount, payments.paid_amount) else 0 end as decimal(18, 2)
    ) as paid_amount,
    cast(own.postage_amount + coalesce(lines_by_order.postage_amount, 0) as decimal(18, 2)) as postage_amount,
    cast(
        coalesce(lines_by_order.platform_subsidy_amount, own.platform_subsidy_amount) as decimal(18, 2)
    ) as platform_subsidy_amount,
    cast(own.refunded_amount as decimal(18, 2)) as refunded_amount,
    cast(lines_by_order.cost_amount as decimal(18, 2)) as cost_amount
from own
left join lines_by_order
    on own.order_id = lines_by_order.order_id
left join payments
    on own.order_id = payments.order_id
