with consumers as (
    select * from {{ ref('stg_consumers') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by platform_id, consumer_code
            order by updated_at desc nulls last, _row_key desc
        ) as snapshot_rank
    from consumers
)

select
    consumer_id,
    platform_id,
    adcode,
    province_id,
    consumer_code,
    country_code
from ranked
where snapshot_rank = 1
