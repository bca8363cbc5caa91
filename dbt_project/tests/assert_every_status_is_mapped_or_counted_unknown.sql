with statuses as (
    select
        provider_id,
        'order_status' as kind,
        status_code as code,
        1 as row_count
    from {{ ref('stg_orders') }}
    where status = 'unknown' and {{ is_to_be_found() }}

    union all

    select
        provider_id,
        'event' as kind,
        event_code as code,
        row_count
    from {{ part_or_all_scans('int_waybill_events_counted') }}
    where
        milestone = 'unknown'
        and event_code is not null
),

counted as (
    select * from {{ ref('fct_unmapped_codes') }}
)

select
    statuses.provider_id,
    statuses.kind,
    statuses.code,
    sum(statuses.row_count) as row_count
from statuses
left join counted
    on
        statuses.provider_id = counted.provider_id
        and statuses.kind = counted.kind
        and statuses.code = counted.code
group by statuses.provider_id, statuses.kind, statuses.code
having sum(statuses.row_count) > coalesce(max(counted.row_count), 0)
