{{ config(pre_hook="{{ keep_old() }}") }}
with providers as (
    select * from {{ ref('providers') }}
),

dated as (
    select * from {{ ref('dated_providers') }}
)

select
    dated.provider_id,
    providers.provider_name,
    providers.time_zone,
    dated.is_simulated,
    dated.as_of_at
from dated
left join providers
    on dated.provider_id = providers.provider_id
