{{ after('touched_numbers') -}}
with quarantine as (
    select * from {{ source('touched', 'quarantine') }}
)

select
    quarantine.load_id,
    quarantine.provider_id,
    quarantine.entity,
    quarantine.reason,
    quarantine.field,
    quarantine.file_name,
    quarantine.line_number
from quarantine
