with couriers as (
    select * from {{ ref('couriers') }}
),

used as (
    select distinct courier_id from {{ ref('fct_waybills') }}
)

select
    couriers.courier_id,
    couriers.perhaps_courier_id,
    couriers.courier_name,
    couriers.courier_name_zh,
    used.courier_id is not null as has_parcels
from couriers
left join used
    on couriers.courier_id = used.courier_id
