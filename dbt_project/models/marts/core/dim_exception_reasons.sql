with exception_reasons as (
    select * from {{ ref('exception_reasons') }}
)

select
    exception_reasons.milestone,
    exception_reasons.reason,
    exception_reasons.side_at_fault,
    exception_reasons.reason_name,
    exception_reasons.reason_name_zh
from exception_reasons
