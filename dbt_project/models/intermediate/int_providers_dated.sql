-- As-of: the newest scan or order update of a provider that is not later than its receipt or load.
with loads as (
    select * from {{ ref('stg_loads') }}
),

scans as (
    select
        provider_id,
        max(as_of_at) as as_of_at
    from {{ ref('int_waybill_events_counted') }}
    group by provider_id
),

orders as (
    select * from {{ ref('int_orders_resolved') }}
),

load_times as (
    select
        load_id,
        max(loaded_at) as loaded_at
    from {{ ref('stg_loads') }}
    group by load_id
),

updates as (
    select
        orders.provider_id,
        max(coalesce(orders.updated_at, orders.placed_at)) as as_of_at
    from orders
    inner join load_times
        on orders._load_id = load_times.load_id
    where coalesce(orders.updated_at, orders.placed_at) <= load_times.loaded_at
    group by orders.provider_id
),

loaded as (
    select
        provider_id,
        max(case when is_simulated then 1 else 0 end) = 1 as is_simulated
    from loads
    group by provider_id
)

select
    loaded.provider_id,
    loaded.is_simulated,
    greatest(scans.as_of_at, updates.as_of_at) as as_of_at
from loaded
left join scans
    on loaded.provider_id = scans.provider_id
left join updates
    on loaded.provider_id = updates.provider_id
