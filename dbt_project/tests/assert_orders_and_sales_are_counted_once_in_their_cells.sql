with orders as (
    select * from {{ ref('fct_orders') }}
),

arriving_orders as (
    select * from orders
    where is_paid and (last_delivered_at is not null or not is_cancelled)
),

order_cells as (
    select * from {{ ref('mart_order_delivery_time') }}
),

growth as (
    select * from {{ ref('mart_gmv_growth') }}
),

sales as (
    select * from {{ ref('fct_waybills') }}
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
    select * from {{ ref('mart_business_days') }}
),

merchant_cells as (
    select * from {{ ref('mart_merchant_time') }}
),

exceptions as (
    select * from {{ ref('mart_exceptions') }}
),

scans as (
    select * from {{ ref('fct_waybill_events') }}
),

latencies as (
    select * from {{ ref('mart_tracking_latency') }}
)

{{ sums_that_differ('arriving_orders', 'order_cells', [
    ('order_count', '1', 'order_count'),
    ('delivered_order_count', 'case when last_delivered_at is not null then 1 else 0 end', 'delivered_order_count'),
]) }}
union all
{{ sums_that_differ('orders', 'growth', [
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
{{ sums_that_differ('scans', 'latencies', [
    ('scan_count', '1', 'scan_count'),
    ('received_count', 'case when received_at is not null then 1 else 0 end', 'latency_count + received_early_count'),
]) }}
