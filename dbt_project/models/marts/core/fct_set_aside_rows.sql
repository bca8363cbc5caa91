with set_aside as (
    select
        entity,
        row_id,
        provider_id,
        reason,
        _load_id,
        _line_number
    from {{ ref('int_order_rows_set_aside') }}

    union all

    select
        'waybill_events' as entity,
        cast(_event_key as {{ dbt.type_string() }}) as row_id,
        provider_id,
        reason,
        _load_id,
        _line_number
    from {{ ref('int_waybill_events_withdrawn') }}
),

loads as (
    select * from {{ ref('stg_loads') }}
)

select
    set_aside._load_id as load_id,
    set_aside.provider_id,
    set_aside.entity,
    set_aside.row_id,
    set_aside.reason,
    loads.file_name,
    set_aside._line_number as line_number
from set_aside
left join loads
    on
        set_aside._load_id = loads.load_id
        and set_aside.entity = loads.entity
