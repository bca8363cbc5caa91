-- As-of: the newest scan or order update of a provider that is not later than its receipt or load.
with loads as (
    select * from {{ ref('stg_loads') }}
),

events as (
    select * from {{ ref('int_waybill_events_classified') }}
),

orders as (
    select * from {{ ref('int_orders_resolved') }}
),

load_times as (
    select
        provider_id,
        load_id,
        max(loaded_at) as loaded_at,
        max(case when is_simulated then 1 else 0 end) as simulated
    from loads
    group by provider_id, load_id
),

moments as (
    select
        events.provider_id,
        max(events.occurred_at) as as_of_at
    from events
    inner join load_times
        on
            events.provider_id = load_times.provider_id
            and events._load_id = load_times.load_id
    where events.occurred_at <= coalesce(events.received_at, load_times.loaded_at)
    group by events.provider_id

    union all

    select
        orders.provider_id,
        max(coalesce(orders.updated_at, orders.placed_at)) as as_of_at
    from orders
    inner join load_times
        on
            orders.provider_id = load_times.provider_id
            and orders._load_id = load_times.load_id
    where coalesce(orders.updated_at, orders.placed_at) <= load_times.loaded_at
    group by orders.provider_id
),

newest as (
    select
        provider_id,
        max(as_of_at) as as_of_at
    from moments
    group by provider_id
)

select
    load_times.provider_id,
    max(load_times.simulated) = 1 as is_simulated,
    max(newest.as_of_at) as as_of_at
from load_times
left join newest
    on load_times.provider_id = newest.provider_id
group by load_times.provider_id
