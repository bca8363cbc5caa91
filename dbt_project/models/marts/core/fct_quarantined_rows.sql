with quarantined_rows as (
    select * from {{ ref('stg_quarantined_rows') }}
)

select
    quarantined_rows.load_id,
    quarantined_rows.provider_id,
    quarantined_rows.entity,
    quarantined_rows.reason,
    quarantined_rows.field,
    quarantined_rows.file_name,
    quarantined_rows.line_number
from quarantined_rows
