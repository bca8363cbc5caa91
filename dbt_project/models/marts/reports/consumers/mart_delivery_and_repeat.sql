{#- Cuts of first orders, the column that holds the band of each, and the band with which the others are compared. -#}
{% set cuts = {
    'speed': ('speed_band', 'up_to_60h'),
    'punctuality': ('punctuality_band', 'on_time'),
    'subsidy': ('subsidy_band', 'not_subsidised'),
} %}
{#- An order within so many days of the first is a repeat, and known to be none once they have passed. -#}
{% set days = 60 %}
{#- Thirds of the day: who orders often is seen first early in a day, and is served sooner there than later. -#}
{% set hours = 8 %}
with orders as (
    select * from {{ ref('fct_consumer_orders') }}
),

spans as (
    {{ whole_months('orders', 'order_date') }}
),

placed as (
    select * from {{ ref('fct_orders') }}
),

platforms as (
    select * from {{ ref('dim_platforms') }}
),

waybill_orders as (
    select * from {{ ref('fct_waybill_orders') }}
),

waybills as (
    select * from {{ ref('fct_waybills') }}
    where purpose = 'sale'
),

lines as (
    select * from {{ ref('fct_order_lines') }}
),

first_orders as (
    select
        orders.order_id,
        orders.platform_id,
        orders.currency,
        orders.tier_fixed,
        orders.gmv_paid,
        case when placed.platform_subsidy_amount > 0 then 'subsidised' else 'not_subsidised' end as subsidy_band,
        coalesce(
            {{ dbt.datediff('orders.order_date', 'orders.next_order_date', 'day') }} <= {{ days }}, false
        ) as has_repeated,
        placed.placed_at,
        cast(
            coalesce(
                floor(
                    {{ local_second_of_day('placed.placed_at', 'platforms.time_zone') }} / {{ hours * 3600.0 }}
                ), -1
            ) as {{ dbt.type_int() }}
        ) as day_part
    from orders
    inner join placed
        on orders.order_id = placed.order_id
    inner join spans
        on orders.platform_id = spans.platform_id
    left join platforms
        on orders.platform_id = platforms.platform_id
    where
        orders.order_rank = 1
        and placed.is_paid
        and {{ dbt.datediff('orders.order_date', 'spans.last_date', 'day') }} >= {{ days }}
),

arrived as (
    select
        waybill_orders.order_id,
        min(waybills.first_attempt_at) as first_attempt_at,
        case
            when count(waybills.is_on_time) < count(*) then null
            when min(case when waybills.is_on_time then 1 else 0 end) = 1 then 'on_time'
            else 'late'
        end as punctuality_band
    from waybill_orders
    inner join waybills
        on waybill_orders.waybill_id = waybills.waybill_id
    group by waybill_orders.order_id
),

-- An order is of the category on which most of it was spent.
bought as (
    select
        order_id,
        max({{ struct_of({'gmv_paid': 'gmv_paid', 'category_id': 'category_id'}) }}) as line
    from lines
    where category_id is not null
    group by order_id
),

{% set seconds = seconds_between('first_orders.placed_at', 'arrived.first_attempt_at') -%}
described as (
    select
        first_orders.*,
        bought.line.category_id,
        case
            when {{ seconds }} < 0 then null
            when {{ seconds }} <= 60 * 3600 then 'up_to_60h'
            when {{ seconds }} <= 96 * 3600 then 'up_to_96h'
            when {{ seconds }} > 96 * 3600 then 'over_96h'
        end as speed_band,
        arrived.punctuality_band
    from first_orders
    inner join bought
        on first_orders.order_id = bought.order_id
    left join arrived
        on first_orders.order_id = arrived.order_id
),

-- Dear and cheap are what they are among the category's first orders, in thirds; equal amounts stand in one third.
{% set alike = 'partition by platform_id, currency, category_id' -%}
priced as (
    select
        *,
        {{ divide_whole(
            '3 * (rank() over (' ~ alike ~ ' order by gmv_paid) - 1)', 'count(*) over (' ~ alike ~ ')'
        ) }} as price_band
    from described
),

banded as (
    {% for cut, (column, _reference) in cuts.items() %}
    select
        platform_id,
        currency,
        tier_fixed,
        category_id,
        price_band,
        day_part,
        '{{ cut }}' as first_order_cut,
        {{ column }} as first_order_band,
        has_repeated
    from priced
    where {{ column }} is not null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

strata as (
    select
        platform_id,
        currency,
        tier_fixed,
        category_id,
        price_band,
        day_part,
        first_order_cut,
        first_order_band,
        cast(count(*) as double) as order_count,
        cast(count(*) filter (where has_repeated) as double) as repeat_count
    from banded
    group by
        platform_id, currency, tier_fixed, category_id, price_band, day_part, first_order_cut, first_order_band
),

reference_strata as (
    select * from strata
    where first_order_band in (
        {% for _column, reference in cuts.values() %}
        '{{ reference }}'{% if not loop.last %},{% endif %}
        {% endfor %}
    )
),

-- Mantel and Haenszel's difference of shares over strata, and its variance, which holds for many small strata, too:
-- Sato 1989, Biometrics 45, 1323.
compared as (
    select
        strata.platform_id,
        strata.first_order_cut,
        strata.first_order_band,
        strata.order_count,
        strata.repeat_count,
        strata.order_count * others.order_count / (strata.order_count + others.order_count) as weight,
        (strata.repeat_count * others.order_count - others.repeat_count * strata.order_count)
        / (strata.order_count + others.order_count) as difference,
        (
            strata.order_count * strata.order_count * others.repeat_count
            - others.order_count * others.order_count * strata.repeat_count
            + strata.order_count * others.order_count * (others.order_count - strata.order_count) / 2
        ) / ((strata.order_count + others.order_count) * (strata.order_count + others.order_count)) as slope_part,
        (
            strata.repeat_count * (others.order_count - others.repeat_count)
            + others.repeat_count * (strata.order_count - strata.repeat_count)
        ) / (2 * (strata.order_count + others.order_count)) as spread_part
    from strata
    left join reference_strata as others
        on
            strata.platform_id = others.platform_id
            and strata.currency = others.currency
            and strata.tier_fixed = others.tier_fixed
            and strata.category_id = others.category_id
            and strata.price_band = others.price_band
            and strata.day_part = others.day_part
            and strata.first_order_cut = others.first_order_cut
            and strata.first_order_band <> others.first_order_band
),

grouped as (
    select
        compared.*,
        'all' as platform_group
    from compared
    union all
    select
        compared.*,
        platform_id as platform_group
    from compared
),

added_up as (
    select
        platform_group,
        first_order_cut,
        first_order_band,
        sum(order_count) as order_count,
        sum(repeat_count) as repeat_count,
        sum(case when weight is not null then order_count else 0 end) as compared_order_count,
        sum(weight) as weight,
        sum(difference) / sum(weight) as difference,
        (sum(difference) / sum(weight) * sum(slope_part) + sum(spread_part)) / (sum(weight) * sum(weight)) as variance
    from grouped
    group by platform_group, first_order_cut, first_order_band
)

select
    platform_group,
    first_order_cut,
    first_order_band,
    {{ total_count('order_count') }} as delivered_first_order_count,
    {{ total_count('repeat_count') }} as repeated_first_order_count,
    {{ total_count('compared_order_count') }} as compared_first_order_count,
    -- Sums of doubles depend on their order in the last digits.
    round(difference, 9) as repeat_difference,
    round(difference - 1.959964 * sqrt(greatest(variance, 0)), 9) as repeat_difference_low,
    round(difference + 1.959964 * sqrt(greatest(variance, 0)), 9) as repeat_difference_high
from added_up
