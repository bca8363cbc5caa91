-- Also points that only scans name.
with pickup_points as (
    select * from {{ ref('stg_pickup_points') }}
),

waybills as (
    select * from {{ ref('fct_waybills') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by pickup_point_id
            order by updated_at desc nulls last, _row_key desc
        ) as snapshot_rank
    from pickup_points
),

named as (
    select pickup_point_id from pickup_points
    union
    select pickup_point_id from waybills
    where pickup_point_id is not null
)

select
    named.pickup_point_id,
    split_part(named.pickup_point_id, ':', 1) as provider_id,
    ranked.adcode,
    ranked.province_id,
    ranked.kind_code as pickup_point_kind_code,
    ranked.capacity_count
from named
left join ranked
    on
        named.pickup_point_id = ranked.pickup_point_id
        and ranked.snapshot_rank = 1
