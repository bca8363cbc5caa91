select
    provider_id,
    max(placed_at) as as_of_at
from {{ source('raw', 'orders') }}
group by provider_id
