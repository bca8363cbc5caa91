with lines as (
    select * from {{ changed('fct_order_lines') }} as changed
),

cells as (
    select * from {{ changed('mart_category_gmv') }} as changed
)

{{ sums_that_differ('lines', 'cells', [
    ('line_count', '1', 'line_count'),
    'unit_count', 'goods_amount', 'gmv_placed', 'gmv_paid', 'gmv_net', 'gmv_received', 'refunded_amount',
]) }}
