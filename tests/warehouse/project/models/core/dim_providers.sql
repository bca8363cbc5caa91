select
    provider_id,
    max(placed_at) as as_of_at
from raw.orders
group by provider_id
