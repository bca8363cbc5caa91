-- Who was in no segment the month before came, or came back; who is in none now has not ordered for a year.
with scores as (
    select
        *,
        {{ month_number('month_date') }} as month_number
    from {{ ref('fct_consumer_scores') }}
),

months as (
    select distinct
        platform_id,
        month_number
    from scores
),

later as (
    select scores.*
    from scores
    inner join months
        on scores.platform_id = months.platform_id and scores.month_number - 1 = months.month_number
),

earlier as (
    select scores.*
    from scores
    inner join months
        on scores.platform_id = months.platform_id and scores.month_number + 1 = months.month_number
),

moves as (
    select
        coalesce(later.platform_id, earlier.platform_id) as platform_id,
        coalesce(later.currency, earlier.currency) as currency,
        coalesce(earlier.segment, 'none') as from_segment,
        coalesce(later.segment, 'none') as to_segment,
        coalesce(later.month_number, earlier.month_number + 1) as month_number
    from later
    full outer join earlier
        on
            later.consumer_id = earlier.consumer_id
            and later.currency = earlier.currency
            and later.month_number = earlier.month_number + 1
)

select
    platform_id,
    currency,
    from_segment,
    to_segment,
    count(*) as moved_consumer_count,
    {{ month_of_number('month_number') }} as month_date
from moves
group by platform_id, currency, from_segment, to_segment, month_number
