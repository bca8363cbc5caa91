{{ config(
    materialized='incremental', incremental_strategy='replace_touched',
    meta={'number': account_number(), 'kind': 'account'}
) }}
-- Also accounts of which no order is loaded. The place is that of the latest order, else the account's.
with consumers as (
    select * from {{ ref('int_consumers_resolved') }}
),

orders as (
    select * from {{ ref('fct_orders') }}
    where
        consumer_id is not null
        and {{ is_touched_account() }}
),

accounts as (
    select
        consumer_id,
        max({{ struct_of({
            'consumer_code': 'consumer_code',
            'adcode': 'adcode',
            'province_id': 'province_id',
        }) }}) as account
    from consumers
    group by consumer_id
),

buyers as (
    select
        consumer_id,
        max({{ struct_of({
            'placed_at': 'placed_at',
            'order_id': 'order_id',
            'adcode': 'adcode',
            'province_id': 'province_id',
        }) }}) as latest_order,
        count(*) as order_count,
        count(*) filter (where is_paid) as paid_order_count,
        min(order_date) as first_order_date,
        max(order_date) as last_order_date
    from orders
    group by consumer_id
)

select
    coalesce(buyers.consumer_id, accounts.consumer_id) as consumer_id,
    split_part(coalesce(buyers.consumer_id, accounts.consumer_id), ':', 1) as platform_id,
    case
        when buyers.latest_order.province_id is not null then buyers.latest_order.adcode
        else accounts.account.adcode
    end as adcode,
    coalesce(buyers.latest_order.province_id, accounts.account.province_id) as province_id,
    coalesce(buyers.order_count, 0) as order_count,
    coalesce(buyers.paid_order_count, 0) as paid_order_count,
    buyers.first_order_date,
    buyers.last_order_date
from buyers
full outer join accounts
    on buyers.consumer_id = accounts.consumer_id
