with stalled_parcels as (
    select * from {{ ref('mart_stalled_parcels') }}
),

waybills as (
    select * from {{ ref('fct_waybills') }}
)

select stalled_parcels.waybill_id
from stalled_parcels
inner join waybills
    on stalled_parcels.waybill_id = waybills.waybill_id
where
    stalled_parcels.silent_hours < 48
    or waybills.is_delivered
    or waybills.is_lost
    or waybills.is_cancelled
    or waybills.is_forwarded
    or waybills.returned_at is not null
