-- Rows read = loaded + duplicate + quarantined, and what is quarantined can be seen.
with loads as (
    select * from {{ ref('fct_loads') }}
),

quarantined_rows as (
    select
        load_id,
        entity,
        count(*) as row_count
    from {{ ref('fct_quarantined_rows') }}
    group by load_id, entity
)

select
    loads.load_id,
    loads.entity,
    loads.read_count,
    loads.loaded_count,
    loads.duplicate_count,
    loads.quarantined_count,
    quarantined_rows.row_count
from loads
left join quarantined_rows
    on
        loads.load_id = quarantined_rows.load_id
        and loads.entity = quarantined_rows.entity
where
    loads.read_count <> loads.loaded_count + loads.duplicate_count + loads.quarantined_count
    or loads.quarantined_count <> coalesce(quarantined_rows.row_count, 0)
