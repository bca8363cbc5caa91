-- Scans are counted in the facts, the other entities where their snapshots are still apart.
with found as (
    select
        'waybill_events' as entity,
        sum(row_count) as row_count
    from {{ part_or_all_scans('int_waybill_events_counted') }}
    where courier_code is not null
    union all
    select
        'orders' as entity,
        count(*) as row_count
    from {{ ref('stg_orders') }}
    where {{ is_to_be_found() }}
    union all
    select
        'order_lines' as entity,
        count(*) as row_count
    from {{ ref('stg_order_lines') }}
    where {{ is_to_be_found() }}
    union all
    select
        'waybills' as entity,
        count(*) as row_count
    from {{ ref('stg_waybills') }}
    where {{ is_to_be_found() }}
),

loads as (
    select
        entity,
        sum(loaded_count) as loaded_count
    from {{ ref('fct_loads') }}
    where {{ is_to_be_found('load_id') }}
    group by entity
)

select
    found.entity,
    found.row_count,
    loads.loaded_count
from found
left join loads
    on found.entity = loads.entity
where found.row_count <> coalesce(loads.loaded_count, 0)
