-- What goes into a segment is who is in it, and what goes out of it is who was in it the month before.
with moves as (
    select * from {{ ref('mart_rfm_moves') }}
),

segments as (
    select
        *,
        {{ month_number('month_date') }} as month_number
    from {{ ref('mart_rfm') }}
),

moved as (
    select
        platform_id,
        currency,
        to_segment as segment,
        {{ month_number('month_date') }} as month_number,
        sum(moved_consumer_count) as consumer_count
    from moves
    where to_segment <> 'none'
    group by platform_id, currency, to_segment, {{ month_number('month_date') }}
    union all
    select
        platform_id,
        currency,
        from_segment as segment,
        {{ month_number('month_date') }} - 1 as month_number,
        sum(moved_consumer_count) as consumer_count
    from moves
    where from_segment <> 'none'
    group by platform_id, currency, from_segment, {{ month_number('month_date') }}
)

select moved.*
from moved
left join segments
    on
        moved.platform_id = segments.platform_id
        and moved.currency = segments.currency
        and moved.segment = segments.segment
        and moved.month_number = segments.month_number
where segments.segment_consumer_count is null or segments.segment_consumer_count <> moved.consumer_count
