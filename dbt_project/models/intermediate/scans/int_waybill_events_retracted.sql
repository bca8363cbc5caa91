{{ config(
    materialized='incremental', incremental_strategy='replace_touched',
    meta={'number': "substr(waybill_id, length(split_part(waybill_id, ':', 1)) + 2)", 'kind': 'waybill'}
) }}
-- What a provider declared an error. The declaration repeats the scan: by its number, or without one in full.
with scans as (
    select * from {{ ref('stg_waybill_events') }}
    where retracted_at is not null
)

select distinct
    waybill_id,
    provider_id,
    occurred_at,
    {{ scan_key('scans') }} as scan_key
from scans
