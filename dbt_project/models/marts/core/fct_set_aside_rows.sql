with set_aside as (
    select * from {{ ref('int_order_rows_set_aside') }}
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
