with lines as (
    select * from {{ ref('fct_order_lines') }}
),

cells as (
    select * from {{ ref('mart_category_gmv') }}
)

{{ sums_that_differ('lines', 'cells', [
    ('line_count', '1', 'line_count'),
    'unit_count', 'goods_amount', 'gmv_placed', 'gmv_paid', 'gmv_net', 'gmv_received', 'refunded_amount',
]) }}
