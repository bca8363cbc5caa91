{#- A month, and the twelve months that end with it. -#}
{% set windows = [1, 12] %}
{{ config(
    materialized='cells',
    meta={'cell_date': 'month_date', 'cell_keys': ['platform_id', 'currency', 'tier_group', 'window_months']}
) }}
-- One that ordered in a month is active until its next order's month, or until the window has passed: a step up and a
-- step down, which add up month by month. No month is counted twice.
with account_months as (
    select
        consumer_id,
        platform_id,
        currency,
        tier_fixed,
        order_count,
        paid_order_count,
        gmv_paid,
        {{ month_number('month_date') }} as month_number
    from {{ rows_of('fct_consumer_months') }}
),

platforms as (
    select * from {{ ref('dim_platforms') }}
),

-- By the country of the platform; one of no country counts by whatever list there is.
listed_tiers as (
    select
        country_code,
        max(case when is_complete_list then 1 else 0 end) = 1 as is_complete_list,
        max(case when tier = 'tier_1' then 1 else 0 end)
        + max(case when tier = 'new_tier_1' then 1 else 0 end)
        + max(case when tier = 'tier_2' then 1 else 0 end) = 3 as has_tier_1_2,
        max(case when tier = 'tier_3' then 1 else 0 end)
        + max(case when tier = 'tier_4' then 1 else 0 end)
        + max(case when tier = 'tier_5' then 1 else 0 end) = 3 as has_lower_tier
    from {{ ref('dim_city_tiers') }}
    where is_fixed_list
    group by country_code
),

covered as (
    select
        platforms.platform_id,
        max(case when listed_tiers.is_complete_list or listed_tiers.has_tier_1_2 then 1 else 0 end) = 1 as has_tier_1_2,
        max(
            case when listed_tiers.is_complete_list or listed_tiers.has_lower_tier then 1 else 0 end
        ) = 1 as has_lower_tier
    from platforms
    inner join listed_tiers
        on coalesce(platforms.country_code, listed_tiers.country_code) = listed_tiers.country_code
    group by platforms.platform_id
),

grouped as (
    select
        *,
        tier_fixed as tier_group
    from account_months
    union all
    select
        account_months.*,
        'tier_1_2' as tier_group
    from account_months
    inner join covered
        on account_months.platform_id = covered.platform_id
    where account_months.tier_fixed in ('tier_1', 'new_tier_1', 'tier_2') and covered.has_tier_1_2
    union all
    select
        account_months.*,
        'lower_tier' as tier_group
    from account_months
    inner join covered
        on account_months.platform_id = covered.platform_id
    where account_months.tier_fixed in ('tier_3', 'tier_4', 'tier_5', 'unranked') and covered.has_lower_tier
    union all
    select
        account_months.*,
        'all' as tier_group
    from account_months
),

active_months as (
    select
        platform_id,
        consumer_id,
        currency,
        tier_group,
        month_number,
        sum(order_count) as order_count,
        sum(paid_order_count) as paid_order_count,
        sum(gmv_paid) as gmv_paid
    from grouped
    group by platform_id, consumer_id, currency, tier_group, month_number
),

followed as (
    select
        *,
        lead(month_number) over (
            partition by consumer_id, currency, tier_group
            order by month_number
        ) as next_month_number,
        min(case when paid_order_count > 0 then month_number end) over (
            partition by consumer_id, currency, tier_group
            order by month_number
            rows between 1 following and unbounded following
        ) as next_paid_month_number
    from active_months
),

steps as (
    {% for window in windows %}
    select
        platform_id,
        currency,
        tier_group,
        {{ window }} as window_months,
        month_number,
        1 as active_step,
        case when paid_order_count > 0 then 1 else 0 end as paying_step,
        order_count,
        order_count as order_step,
        gmv_paid as gmv_step
    from followed
    union all
    select
        platform_id,
        currency,
        tier_group,
        {{ window }} as window_months,
        least(month_number + {{ window }}, next_month_number) as month_number,
        -1 as active_step,
        0 as paying_step,
        0 as order_count,
        0 as order_step,
        null as gmv_step
    from followed
    union all
    select
        platform_id,
        currency,
        tier_group,
        {{ window }} as window_months,
        least(month_number + {{ window }}, next_paid_month_number) as month_number,
        0 as active_step,
        -1 as paying_step,
        0 as order_count,
        0 as order_step,
        null as gmv_step
    from followed
    where paid_order_count > 0
    union all
    select
        platform_id,
        currency,
        tier_group,
        {{ window }} as window_months,
        month_number + {{ window }} as month_number,
        0 as active_step,
        0 as paying_step,
        0 as order_count,
        -order_count as order_step,
        -gmv_paid as gmv_step
    from followed
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

added_up as (
    select
        platform_id,
        currency,
        tier_group,
        window_months,
        month_number,
        {{ total_count('sum(active_step)') }} as active_step,
        {{ total_count('sum(paying_step)') }} as paying_step,
        {{ total_count('sum(order_count)') }} as order_count,
        {{ total_count('sum(order_step)') }} as order_step,
        {{ total_amount('coalesce(sum(gmv_step), 0)') }} as gmv_step
    from steps
    group by platform_id, currency, tier_group, window_months, month_number
)

select
    platform_id,
    currency,
    tier_group,
    cast(window_months as {{ dbt.type_bigint() }}) as window_months,
    active_step,
    paying_step,
    order_count,
    order_step,
    gmv_step,
    {{ month_of_number('month_number') }} as month_date
from added_up
where active_step <> 0 or paying_step <> 0 or order_count <> 0 or order_step <> 0 or gmv_step <> 0
