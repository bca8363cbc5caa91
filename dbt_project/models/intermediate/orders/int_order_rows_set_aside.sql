{{ config(
    materialized='incremental', incremental_strategy='replace_touched',
    meta={'number': 'order_number', 'kind': 'order'}
) }}
-- What is well formed by itself and cannot be beside the other rows of its order. Judged anew with every row of the
-- order that comes: what a later one mends is no longer here. A line or refund goes before its order does.
with orders as (
    select * from {{ ref('int_orders_chosen') }}
),

order_lines as (
    select * from {{ ref('int_order_lines_chosen') }}
),

refunds as (
    select * from {{ ref('int_refunds_chosen') }}
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
        sum(goods_amount) over (partition by order_id) as order_goods_amount
    from judged_lines
    where reason is null
),

-- The order's own money is shared among its lines by goods: no line may be worth less than nothing then either.
weighed_lines as (
    select
        fitting_lines.order_id,
        fitting_lines.value_amount,
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
        max(case when value + share < -0.01 then 1 else 0 end) = 1 as has_line_below_nothing
    from weighed_lines
    group by order_id
),

judged_orders as (
    select
        orders.*,
        case
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
