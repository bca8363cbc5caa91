with codes as (
    select * from {{ ref('int_codes_unmapped') }}
)

select
    codes.provider_id,
    codes.kind,
    codes.code,
    codes.row_count,
    codes.first_seen_at,
    codes.last_seen_at
from codes
