{#- A period table: each courier raw and like for like. -#}
{% set windows = [1, 3] %}
{#- A lane is shared where the courier and the others together have so many waybills each: less has no variance. -#}
{% set fewest_on_lane = 5 %}
{#- Cells under 30 waybills are not ranked. -#}
{% set fewest_ranked = 30 %}

-- Like for like is a direct standardisation: on the lanes that a courier shares with others, its mean of each lane is
-- weighted by the lane's waybills of all couriers; the others' mean of the same lanes is weighted alike.
with courier_lane_months as (
    select * from {{ ref('fct_courier_lanes') }}
),

spans as (
    select
        min({{ month_number('picked_up_date') }}) as first_month_number,
        max({{ month_number('picked_up_date') }}) as last_month_number
    from {{ ref('fct_waybills') }}
    where purpose = 'sale' and picked_up_date is not null
),

cells as (
    select
        platform_id,
        courier_id,
        origin_province_id || '>' || destination_province_id as lane,
        {{ month_number('month_date') }} as month_number,
        measure,
        waybill_count,
        total,
        squares
    from courier_lane_months
),

scoped as (
    select
        *,
        platform_id as platform_group
    from cells
    where platform_id is not null
    union all
    select
        *,
        'all' as platform_group
    from cells
),

-- A month counts in every window that ends with it or soon after.
windows as (
    {% for window in windows %}
    {% for back in range(window) %}
    select
        {{ window }} as window_months,
        {{ back }} as months_back
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

courier_lanes as (
    select
        scoped.platform_group,
        scoped.courier_id,
        scoped.lane,
        scoped.measure,
        windows.window_months,
        scoped.month_number + windows.months_back as month_number,
        sum(scoped.waybill_count) as own_count,
        sum(scoped.total) as own_total,
        sum(scoped.squares) as own_squares
    from scoped
    cross join windows
    cross join spans
    where
        scoped.month_number + windows.months_back <= spans.last_month_number
        and scoped.month_number + windows.months_back - windows.window_months + 1 >= spans.first_month_number
    group by
        scoped.platform_group, scoped.courier_id, scoped.lane, scoped.measure, windows.window_months,
        scoped.month_number + windows.months_back
),

lanes as (
    select
        platform_group,
        lane,
        measure,
        window_months,
        month_number,
        sum(own_count) as lane_count,
        sum(own_total) as lane_total,
        sum(own_squares) as lane_squares
    from courier_lanes
    group by platform_group, lane, measure, window_months, month_number
),

beside_others as (
    select
        courier_lanes.*,
        lanes.lane_count,
        lanes.lane_count - courier_lanes.own_count as others_count,
        lanes.lane_total - courier_lanes.own_total as others_total,
        lanes.lane_squares - courier_lanes.own_squares as others_squares
    from courier_lanes
    inner join lanes
        on
            courier_lanes.platform_group = lanes.platform_group
            and courier_lanes.lane = lanes.lane
            and courier_lanes.measure = lanes.measure
            and courier_lanes.window_months = lanes.window_months
            and courier_lanes.month_number = lanes.month_number
),

described as (
    select
        *,
        case
            when own_count >= {{ fewest_on_lane }} and others_count >= {{ fewest_on_lane }}
                then cast(lane_count as double)
        end as weight,
        cast(own_total as double) / own_count as own_mean,
        {{ variance_of_mean('own_count', 'own_total', 'own_squares') }} as own_variance,
        cast(others_total as double) / nullif(others_count, 0) as others_mean,
        {{ variance_of_mean('others_count', 'others_total', 'others_squares') }} as others_variance
    from beside_others
),

standardised as (
    select
        platform_group,
        courier_id,
        measure,
        window_months,
        month_number,
        case when measure = 'end_to_end' then 3600 else 1 end as scale,
        sum(own_count) as waybill_count,
        count(weight) as shared_lane_count,
        coalesce(sum(case when weight is not null then own_count end), 0) as shared_waybill_count,
        cast(sum(own_total) as double) / sum(own_count) as raw_mean,
        sqrt({{ variance_of_mean('sum(own_count)', 'sum(own_total)', 'sum(own_squares)') }}) as raw_error,
        sum(weight * own_mean) / sum(weight) as like_for_like_mean,
        sqrt(sum(weight * weight * own_variance)) / sum(weight) as like_for_like_error,
        sum(weight * others_mean) / sum(weight) as others_mean,
        sqrt(sum(weight * weight * (own_variance + others_variance))) / sum(weight) as difference_error
    from described
    group by platform_group, courier_id, measure, window_months, month_number
),

-- Rounded, because the last digits of a sum of doubles depend on its order: equal values get equal ranks.
scored as (
    select
        standardised.platform_group,
        standardised.courier_id,
        standardised.measure,
        standardised.window_months,
        standardised.waybill_count,
        standardised.shared_lane_count,
        standardised.shared_waybill_count,
        round(standardised.raw_mean / standardised.scale, 6) as raw_value,
        round((standardised.raw_mean - 1.96 * standardised.raw_error) / standardised.scale, 6) as raw_lower,
        round((standardised.raw_mean + 1.96 * standardised.raw_error) / standardised.scale, 6) as raw_upper,
        round(standardised.like_for_like_mean / standardised.scale, 6) as like_for_like_value,
        round(
            (standardised.like_for_like_mean - 1.96 * standardised.like_for_like_error) / standardised.scale, 6
        ) as like_for_like_lower,
        round(
            (standardised.like_for_like_mean + 1.96 * standardised.like_for_like_error) / standardised.scale, 6
        ) as like_for_like_upper,
        round(standardised.others_mean / standardised.scale, 6) as others_value,
        round((standardised.like_for_like_mean - standardised.others_mean) / standardised.scale, 6) as difference,
        round(
            (standardised.like_for_like_mean - standardised.others_mean - 1.96 * standardised.difference_error)
            / standardised.scale, 6
        ) as difference_lower,
        round(
            (standardised.like_for_like_mean - standardised.others_mean + 1.96 * standardised.difference_error)
            / standardised.scale, 6
        ) as difference_upper,
        standardised.shared_waybill_count >= {{ fewest_ranked }} as is_ranked,
        standardised.month_number
    from standardised
)

select
    platform_group,
    courier_id,
    measure,
    cast(window_months as {{ dbt.type_bigint() }}) as window_months,
    {{ total_count('waybill_count') }} as waybill_count,
    {{ total_count('shared_lane_count') }} as shared_lane_count,
    {{ total_count('shared_waybill_count') }} as shared_waybill_count,
    case
        when is_ranked
            then cast(rank() over (
                partition by platform_group, measure, window_months, month_number, is_ranked
                order by case when measure in ('end_to_end', 'exception') then difference else -difference end
            ) as {{ dbt.type_bigint() }})
    end as like_for_like_rank,
    raw_value,
    raw_lower,
    raw_upper,
    like_for_like_value,
    like_for_like_lower,
    like_for_like_upper,
    others_value,
    difference,
    difference_lower,
    difference_upper,
    is_ranked,
    {{ month_of_number('month_number') }} as month_date
from scored
