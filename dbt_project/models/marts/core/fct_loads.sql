with loads as (
    select * from {{ ref('stg_loads') }}
)

select
    loads.load_id,
    loads.provider_id,
    loads.entity,
    loads.file_name,
    loads.read_count,
    loads.loaded_count,
    loads.duplicate_count,
    loads.quarantined_count,
    loads.is_simulated,
    {{ local_date('loads.loaded_at', "'UTC'") }} as loaded_date,
    loads.started_at,
    loads.loaded_at
from loads
