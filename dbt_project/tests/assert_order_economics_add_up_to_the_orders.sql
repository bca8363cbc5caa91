with orders as (
    select * from {{ changed('fct_order_economics') }} as changed
),

cells as (
    select * from {{ changed('mart_order_economics') }} as changed
)

{{ sums_that_differ('orders', 'cells', [
    ('paid_order_count', '1', 'paid_order_count'),
    'gmv_paid', 'platform_cost_amount', 'contribution_amount',
    ('parts of the contribution', 'contribution_amount',
    'paid_amount + platform_subsidy_amount + partner_discount_amount - refunded_amount - goods_cost_amount
    - commission_amount - payment_fee_amount - freight_cost_amount - import_charge_amount'),
]) }}
