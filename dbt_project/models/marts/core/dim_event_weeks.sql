{#- Before a long holiday couriers stop early; after it, and after a sale, what was left lies with them. -#}
{% set reach_days = 7 %}
{% set fewest_days = 5 %}

with events as (
    select
        event_name,
        event_name_zh,
        kind,
        count(*) as day_count,
        min(calendar_date) as first_date,
        max(calendar_date) as last_date
    from {{ ref('calendar_events') }}
    group by event_name, event_name_zh, kind, extract(year from calendar_date)
),

reached as (
    {% for day in [
        dbt.dateadd('day', -reach_days, 'first_date'), 'first_date', dbt.dateadd('day', reach_days, 'last_date')
    ] %}
    select
        event_name,
        event_name_zh,
        {{ dbt.date_trunc('week', day) }} as week_date
    from events
    where day_count >= {{ fewest_days }}{% if not loop.first %} or kind = 'sale'{% endif %}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select distinct
    event_name,
    event_name_zh,
    cast(week_date as date) as week_date
from reached
