{#- A month, and the twelve months that end with it. -#}
{% set windows = [1, 12] %}

-- A consumer is one account on one platform. One that ordered in a month is active until its next order's month,
-- or until the window has passed: a step up and a step down, added up month by month. No month is counted twice.
with orders as (
    select
        platform_id,
        consumer_id,
        currency,
        adcode,
        province_id,
        country_code,
        gmv_paid,
        is_paid,
        order_date
    from {{ ref('fct_orders') }}
    where consumer_id is not null
),

{{ tier_list_ctes() }},

spans as (
    {{ whole_months('orders', 'order_date') }}
),

listed_tiers as (
    select
        max(case when tier = 'tier_1' then 1 else 0 end)
        + max(case when tier = 'new_tier_1' then 1 else 0 end)
        + max(case when tier = 'tier_2' then 1 else 0 end) = 3 as has_tier_1_2,
        max(case when tier = 'tier_3' then 1 else 0 end)
        + max(case when tier = 'tier_4' then 1 else 0 end)
        + max(case when tier = 'tier_5' then 1 else 0 end) = 3 as has_lower_tier
    from fixed_tiers
),

tiered as (
    select
        orders.platform_id,
        orders.consumer_id,
        orders.currency,
        orders.gmv_paid,
        orders.is_paid,
        {{ month_number('orders.order_date') }} as month_number,
        {{ city_tier(
            'orders.country_code', 'orders.province_id', 'orders.adcode',
            'fixed_tiers.tier', 'fixed_list.is_complete_list'
        ) }} as tier
    from orders
    left join fixed_list
        on true
    left join fixed_tiers
        on orders.adcode = fixed_tiers.adcode
),

account_months as (
    select
        platform_id,
        consumer_id,
        currency,
        tier,
        month_number,
        count(*) as order_count,
        count(*) filter (where is_paid) as paid_order_count,
        sum(gmv_paid) as gmv_paid
    from tiered
    group by platform_id, consumer_id, currency, tier, month_number
),

grouped as (
    select
        *,
        tier as tier_group
    from account_months
    union all
    select
        account_months.*,
        'tier_1_2' as tier_group
    from account_months
    cross join listed_tiers
    where account_months.tier in ('tier_1', 'new_tier_1', 'tier_2') and listed_tiers.has_tier_1_2
    union all
    select
        account_months.*,
        'lower_tier' as tier_group
    from account_months
    cross join listed_tiers
    where account_months.tier in ('tier_3', 'tier_4', 'tier_5', 'unranked') and listed_tiers.has_lower_tier
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
        -order_count as order_step,
        -gmv_paid as gmv_step
    from followed
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

series as (
    select distinct
        platform_id,
        currency,
        tier_group,
        window_months
    from steps
),

-- Every month since the platform's first one, so that a series has no hole where nobody came or left.
months as (
    select distinct
        platform_id,
        month_number
    from active_months
),

filled as (
    select * from steps
    union all
    select
        series.platform_id,
        series.currency,
        series.tier_group,
        series.window_months,
        months.month_number,
        0 as active_step,
        0 as paying_step,
        0 as order_step,
        null as gmv_step
    from series
    inner join months
        on series.platform_id = months.platform_id
),

changes as (
    select
        platform_id,
        currency,
        tier_group,
        window_months,
        month_number,
        sum(active_step) as active_step,
        sum(paying_step) as paying_step,
        sum(order_step) as order_step,
        coalesce(sum(gmv_step), 0) as gmv_step
    from filled
    group by platform_id, currency, tier_group, window_months, month_number
),

{% set to_date -%}
    over (
            partition by platform_id, currency, tier_group, window_months
            order by month_number
            rows between unbounded preceding and current row
        )
{%- endset -%}
added_up as (
    select
        *,
        sum(active_step) {{ to_date }} as active_consumer_count,
        sum(paying_step) {{ to_date }} as paying_consumer_count,
        sum(order_step) {{ to_date }} as order_count,
        sum(gmv_step) {{ to_date }} as gmv_paid
    from changes
),

dated as (
    select
        added_up.*,
        added_up.month_number - added_up.window_months + 1 >= spans.first_whole_month_number
        and added_up.month_number <= spans.last_whole_month_number as is_whole_window
    from added_up
    inner join spans
        on added_up.platform_id = spans.platform_id
    where added_up.month_number <= spans.last_month_number
)

select
    platform_id,
    currency,
    tier_group,
    cast(window_months as {{ dbt.type_bigint() }}) as window_months,
    cast(case when is_whole_window then active_consumer_count end as {{ dbt.type_bigint() }}) as active_consumer_count,
    cast(case when is_whole_window then paying_consumer_count end as {{ dbt.type_bigint() }}) as paying_consumer_count,
    cast(case when is_whole_window then order_count end as {{ dbt.type_bigint() }}) as order_count,
    cast(case when is_whole_window then gmv_paid end as decimal(18, 2)) as gmv_paid,
    is_whole_window,
    {{ month_of_number('month_number') }} as month_date
from dated
