{{ config(
    materialized='incremental', incremental_strategy='replace_touched',
    meta={'number': 'order_number', 'kind': 'order'}
) }}
-- What is well formed by itself and cannot be beside the other rows of its order. Judged anew with every row of the
-- order that comes: what a later one mends is no longer here. A line, refund or payment goes before its order does.
with orders as (
    select * from {{ ref('int_orders_chosen') }}
),

order_lines as (
    select * from {{ ref('int_order_lines_chosen') }}
),

refunds as (
    select * from {{ ref('int_refunds_chosen') }}
),

payments as (
    select * from {{ ref('int_payments_resolved') }}
),

judged_lines as (
    select
        order_lines.*,
        case
            when orders.order_id is null then 'order_missing'
            when order_lines.currency <> orders.currency then 'other_currency'
            when order_lines.value_amount < 0 then 'below_nothing'
        end as reason
    from order_lines
    left join orders
        on order_lines.order_id = orders.order_id
),

fitting_lines as (
    select
        order_id,
        value_amount,
        goods_amount,
        greatest(goods_amount, postage_amount, platform_subsidy_amount, coalesce(cost_amount, 0)) as greatest_amount,
        sum(goods_amount) over (partition by order_id) as order_goods_amount
    from judged_lines
    where reason is null
),

-- The order's own money is shared among its lines by goods: no line may be worth less than nothing then either.
weighed_lines as (
    select
        fitting_lines.order_id,
        fitting_lines.value_amount,
        fitting_lines.greatest_amount,
        cast(fitting_lines.value_amount as {{ dbt.type_float() }}) as value,
        case
            when fitting_lines.order_goods_amount > 0
                then
                    cast(orders.value_amount as {{ dbt.type_float() }})
                    * cast(fitting_lines.goods_amount as {{ dbt.type_float() }})
                    / cast(fitting_lines.order_goods_amount as {{ dbt.type_float() }})
            else 0
        end as share
    from fitting_lines
    inner join orders
        on fitting_lines.order_id = orders.order_id
),

lines_by_order as (
    select
        order_id,
        sum(value_amount) as value_amount,
        sum(greatest_amount) as greatest_amount,
        max(case when value + share < -0.01 then 1 else 0 end) = 1 as has_line_below_nothing
    from weighed_lines
    group by order_id
),

payments_by_order as (
    select
        payments.order_id,
        sum(payments.paid_amount) as paid_amount
    from payments
    inner join orders
        on
            payments.order_id = orders.order_id
            and payments.currency = orders.currency
    group by payments.order_id
),

refunds_by_order as (
    select
        refunds.order_id,
        sum(refunds.refunded_amount) as refunded_amount
    from refunds
    inner join orders
        on
            refunds.order_id = orders.order_id
            and refunds.currency = orders.currency
    group by refunds.order_id
),

judged_orders as (
    select
        orders.*,
        case
            -- What is judged of one amount on the way in is of an order's sums, too: facts have room for no more.
            when
                greatest(
                    coalesce(lines_by_order.greatest_amount, 0),
                    coalesce(payments_by_order.paid_amount, 0),
                    coalesce(refunds_by_order.refunded_amount, 0)
                ) >= {{ amount_limit() }}
                then 'too_large'
            when
                lines_by_order.order_id is null
                and orders.goods_amount = 0
                and (orders.value_amount < 0 or orders.platform_subsidy_amount > 0)
                then 'lines_missing'
            when orders.value_amount + coalesce(lines_by_order.value_amount, 0) < 0 then 'below_nothing'
            when lines_by_order.has_line_below_nothing then 'below_nothing'
        end as reason
    from orders
    left join lines_by_order
        on orders.order_id = lines_by_order.order_id
    left join payments_by_order
        on orders.order_id = payments_by_order.order_id
    left join refunds_by_order
        on orders.order_id = refunds_by_order.order_id
),

judged_refunds as (
    select
        refunds.*,
        case
            when orders.order_id is null then 'order_missing'
            when orders.reason is not null then 'order_set_aside'
            when refunds.currency <> orders.currency then 'other_currency'
        end as reason
    from refunds
    left join judged_orders as orders
        on refunds.order_id = orders.order_id
),

judged_payments as (
    select
        payments.*,
        case
            when orders.order_id is null then 'order_missing'
            when orders.reason is not null then 'order_set_aside'
        end as reason
    from payments
    left join judged_orders as orders
        on payments.order_id = orders.order_id
)

select
    'orders' as entity,
    order_id as row_id,
    provider_id,
    order_number,
    reason,
    _load_id,
    _line_number
from judged_orders
where reason is not null

union all

select
    'order_lines' as entity,
    judged_lines.order_line_id as row_id,
    judged_lines.provider_id,
    judged_lines.order_number,
    coalesce(judged_lines.reason, 'order_set_aside') as reason,
    judged_lines._load_id,
    judged_lines._line_number
from judged_lines
left join judged_orders
    on
        judged_lines.order_id = judged_orders.order_id
        and judged_orders.reason is not null
where judged_lines.reason is not null or judged_orders.order_id is not null

union all

select
    'refunds' as entity,
    refund_id as row_id,
    provider_id,
    order_number,
    reason,
    _load_id,
    _line_number
from judged_refunds
where reason is not null

union all

select
    'payments' as entity,
    payment_id as row_id,
    provider_id,
    order_number,
    reason,
    _load_id,
    _line_number
from judged_payments
where reason is not null
