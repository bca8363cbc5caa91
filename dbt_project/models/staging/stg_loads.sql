{{ after('touched_numbers') -}}
with loads as (
    select * from {{ source('touched', 'loads') }}
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
    loads.started_at,
    loads.loaded_at
from loads
