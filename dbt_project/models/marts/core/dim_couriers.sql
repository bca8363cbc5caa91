with couriers as (
    select * from {{ ref('couriers') }}
)

select
    couriers.courier_id,
    couriers.courier_name,
    couriers.courier_name_zh
from couriers
