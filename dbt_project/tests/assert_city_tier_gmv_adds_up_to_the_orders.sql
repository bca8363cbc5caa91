with orders as (
    select * from {{ changed('fct_orders') }} as changed
),

cells as (
    select * from {{ changed('mart_city_tier_gmv') }} as changed
)

{{ sums_that_differ('orders', 'cells', [
    ('order_count', '1', 'order_count'),
    ('paid_order_count', 'case when is_paid then 1 else 0 end', 'paid_order_count'),
    'gmv_placed', 'gmv_paid', 'gmv_net', 'gmv_received',
    ('gmv_paid_by_payment_date', 'case when payment_date is not null then gmv_paid end', 'gmv_paid_by_payment_date'),
    'paid_amount', 'postage_amount', 'refunded_amount',
    ('subsidy', 'platform_subsidy_amount', 'platform_subsidy_amount + unpaid_subsidy_amount'),
]) }}
