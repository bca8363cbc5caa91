with lines as (
    select * from {{ ref('fct_order_lines') }}
),

providers as (
    select
        provider_id,
        {{ local_date('as_of_at', 'time_zone') }} as as_of_date
    from {{ ref('dim_providers') }}
),

sold as (
    select
        lines.platform_id,
        lines.category_id,
        lines.tier_fixed in ('tier_1', 'new_tier_1', 'tier_2') as is_tier_1_2,
        cast({{ dbt.date_trunc('week', 'lines.order_date') }} as date) as week_date,
        cast({{ dbt.date_trunc('month', 'lines.order_date') }} as date) as month_date,
        providers.as_of_date
    from lines
    inner join providers
        on lines.provider_id = providers.provider_id
    where
        lines.is_paid
        and lines.tier_fixed not in ('abroad', 'unknown', 'not_in_list')
        and {{ is_in_watched_weeks('lines.order_date') }}
)

select
    platform_id,
    category_id,
    {{ total_count('count(*)') }} as line_count,
    {{ total_count('count(*) filter (where is_tier_1_2)') }} as tier_1_2_line_count,
    week_date,
    month_date
from sold
where {{ is_week_mature(5) }}
group by platform_id, category_id, week_date, month_date
