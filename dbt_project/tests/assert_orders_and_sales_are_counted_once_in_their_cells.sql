with orders as (
    select * from {{ changed('fct_orders') }} as changed
),

arriving_orders as (
    select * from orders
    where is_paid and (last_delivered_at is not null or not is_cancelled)
),

order_cells as (
    select * from {{ changed('mart_order_delivery_time') }} as changed
),

growth as (
    select
        *,
        1 as _sign
    from {{ ref('mart_gmv_growth') }}
),

sales as (
    select * from {{ changed('fct_waybills') }} as changed
    where purpose = 'sale'
),

paid_sales as (
    select * from sales
    where paid_date is not null and {{ is_in_delivery_cohort() }}
),

picked_up_sales as (
    select * from sales
    where picked_up_date is not null
),

business_days as (
    select * from {{ changed('mart_business_days') }} as changed
),

merchant_cells as (
    select * from {{ changed('mart_merchant_time') }} as changed
),

exceptions as (
    select * from {{ changed('mart_exceptions') }} as changed
),

all_orders as (
    select
        *,
        1 as _sign
    from {{ ref('fct_orders') }}
),

-- What was loaded but for what was set aside.
loads as (
    select
        loaded_count,
        1 as _sign
    from {{ ref('fct_loads') }}
    where entity = 'waybill_events'
    union all
    select
        1 as loaded_count,
        -1 as _sign
    from {{ ref('fct_set_aside_rows') }}
    where entity = 'waybill_events'
),

latencies as (
    select
        *,
        1 as _sign
    from {{ ref('mart_tracking_latency') }}
)

{{ sums_that_differ('arriving_orders', 'order_cells', [
    ('order_count', '1', 'order_count'),
    ('delivered_order_count', 'case when last_delivered_at is not null then 1 else 0 end', 'delivered_order_count'),
]) }}
union all
{{ sums_that_differ('all_orders', 'growth', [
    ('paid_order_count', 'case when is_paid then 1 else 0 end', 'paid_order_count'), 'gmv_paid',
]) }}
union all
{{ sums_that_differ('paid_sales', 'business_days', [
    ('waybill_count by business days', '1', 'waybill_count'),
    ('delivered_count', 'case when is_delivered then 1 else 0 end', 'delivered_count'),
]) }}
union all
{{ sums_that_differ('paid_sales', 'merchant_cells', [
    ('waybill_count by merchant', '1', 'waybill_count'), 'handling_seconds',
]) }}
union all
{{ sums_that_differ('picked_up_sales', 'exceptions', [('waybill_count by exception', '1', 'waybill_count')]) }}
union all
{{ sums_that_differ('loads', 'latencies', [('scan_count', 'loaded_count', 'scan_count')]) }}
