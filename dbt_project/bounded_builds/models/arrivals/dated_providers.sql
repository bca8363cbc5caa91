{{ config(materialized='table') }}
-- As-of: the newest scan or order update of a provider that is later neither than its receipt nor than its load. Times
-- that an order itself states count as scans where the provider sends no parcels; a time at which a scan was retracted
-- counts nowhere.
with loads as (
    select * from {{ source('raw', 'loads') }}
),

waybill_events as (
    select * from {{ source('raw', 'waybill_events') }}
    where {{ has_arrived() }}
),

retracted as (
    select distinct
        provider_id,
        occurred_at
    from {{ source('raw', 'waybill_events') }}
    where retracted_at is not null
),

orders as (
    select * from {{ source('raw', 'orders') }}
    where {{ has_arrived() }}
),

providers as (
    select * from {{ ref('providers') }}
),

load_times as (
    select
        load_id,
        max(loaded_at) as loaded_at
    from loads
    group by load_id
),

seen as (
    select
        waybill_events.provider_id,
        max(waybill_events.occurred_at) as seen_at
    from waybill_events
    left join load_times
        on waybill_events._load_id = load_times.load_id
    left join retracted
        on
            waybill_events.provider_id = retracted.provider_id
            and waybill_events.occurred_at = retracted.occurred_at
    where
        waybill_events.occurred_at <= least(waybill_events.received_at, load_times.loaded_at)
        and retracted.provider_id is null
    group by waybill_events.provider_id

    union all

    select
        orders.provider_id,
        greatest(
            max(
                case
                    when coalesce(orders.updated_at, orders.placed_at) <= load_times.loaded_at
                        then coalesce(orders.updated_at, orders.placed_at)
                end
            ),
            max(
                case
                    when not providers.has_waybills and orders.picked_up_at <= load_times.loaded_at
                        then orders.picked_up_at
                end
            ),
            max(
                case
                    when not providers.has_waybills and orders.delivered_at <= load_times.loaded_at
                        then orders.delivered_at
                end
            )
        ) as seen_at
    from orders
    inner join load_times
        on orders._load_id = load_times.load_id
    left join providers
        on orders.provider_id = providers.provider_id
    group by orders.provider_id
),

newest as (
    select
        provider_id,
        max(seen_at) as seen_at
    from seen
    group by provider_id
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
    {% if is_bounded() -%}
    former.as_of_at as former_as_of_at,
    greatest(former.as_of_at, newest.seen_at) as as_of_at
    {%- else -%}
    cast(null as {{ type_instant() }}) as former_as_of_at,
    newest.seen_at as as_of_at
    {%- endif %}
from loaded
left join newest
    on loaded.provider_id = newest.provider_id
{% if is_bounded() -%}
left join {{ last_built('core', 'dim_providers') }} as former
    on loaded.provider_id = former.provider_id
{%- endif %}
