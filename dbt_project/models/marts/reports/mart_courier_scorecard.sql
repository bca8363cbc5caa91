{#- A period table: each courier raw and like for like. -#}
{% set windows = [1, 3] %}
{#- A lane is shared where the courier and the others together have so many waybills each: less has no variance. -#}
{% set fewest_on_lane = 5 %}
{#- Cells under 30 waybills are not ranked. -#}
{% set fewest_ranked = 30 %}
{#- Duration from pickup after which hardly a parcel is still to come (mean times count only parcels so old). -#}
{% set settled_seconds = 14 * 86400 %}

-- Like for like is a direct standardisation: on the lanes that a courier shares with others, its mean of each lane is
-- weighted by the lane's waybills of all couriers; the others' mean of the same lanes is weighted alike.
with waybills as (
    select
        provider_id,
        platform_id,
        courier_id,
        origin_province_id,
        destination_province_id,
        end_to_end_seconds,
        is_handed_over,
        is_on_time,
        is_first_attempt_successful,
        has_exception,
        picked_up_date,
        picked_up_at,
        promised_delivery_at
    from {{ ref('fct_waybills') }}
    where
        purpose = 'sale'
        and picked_up_date is not null
        and origin_province_id is not null
        and destination_province_id is not null
        and {{ is_in_delivery_cohort() }}
),

providers as (
    select * from {{ ref('dim_providers') }}
),

spans as (
    select
        min({{ month_number('picked_up_date') }}) as first_month_number,
        max({{ month_number('picked_up_date') }}) as last_month_number
    from waybills
),

aged as (
    select
        waybills.*,
        waybills.origin_province_id || '>' || waybills.destination_province_id as lane,
        {{ month_number('waybills.picked_up_date') }} as month_number,
        {{ seconds_between('waybills.picked_up_at', 'providers.as_of_at') }} as age_seconds,
        waybills.promised_delivery_at <= providers.as_of_at as is_promise_due
    from waybills
    inner join providers
        on waybills.provider_id = providers.provider_id
),

valued as (
    select
        platform_id,
        courier_id,
        lane,
        month_number,
        'end_to_end' as measure,
        end_to_end_seconds as value
    from aged
    where age_seconds >= {{ settled_seconds }} and end_to_end_seconds is not null
    union all
    select
        platform_id,
        courier_id,
        lane,
        month_number,
        'within_72h' as measure,
        case when end_to_end_seconds <= {{ 72 * 3600 }} then 1 else 0 end as value
    from aged
    where age_seconds >= {{ 72 * 3600 }}
    union all
    select
        platform_id,
        courier_id,
        lane,
        month_number,
        'on_time' as measure,
        case when is_on_time then 1 else 0 end as value
    from aged
    where is_promise_due
    union all
    select
        platform_id,
        courier_id,
        lane,
        month_number,
        'first_attempt_success' as measure,
        case when is_first_attempt_successful then 1 else 0 end as value
    from aged
    where is_first_attempt_successful is not null
    union all
    select
        platform_id,
        courier_id,
        lane,
        month_number,
        'exception' as measure,
        case when has_exception then 1 else 0 end as value
    from aged
    where is_handed_over
),

-- Whole numbers and their squares are exact in any order; seconds squared outgrow 64 bits when added up.
cells as (
    select
        platform_id,
        courier_id,
        lane,
        month_number,
        measure,
        count(*) as waybill_count,
        sum(value) as total,
        sum(cast(value * value as decimal(38, 0))) as squares
    from valued
    group by platform_id, courier_id, lane, month_number, measure
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
    group by
        scoped.platform_group, scoped.courier_id, scoped.lane, scoped.measure, windows.window_months,
        scoped.month_number + windows.months_back
),

{% set on_lane = 'over (partition by platform_group, lane, measure, window_months, month_number)' -%}
beside_others as (
    select
        *,
        sum(own_count) {{ on_lane }} as lane_count,
        sum(own_count) {{ on_lane }} - own_count as others_count,
        sum(own_total) {{ on_lane }} - own_total as others_total,
        sum(own_squares) {{ on_lane }} - own_squares as others_squares
    from courier_lanes
),

described as (
    select
        *,
        case
            when own_count >= {{ fewest_on_lane }} and others_count >= {{ fewest_on_lane }} then lane_count
        end as lane_weight,
        cast(own_total as double) / own_count as own_mean,
        {{ variance_of_mean('own_count', 'own_total', 'own_squares') }} as own_variance,
        cast(others_total as double) / nullif(others_count, 0) as others_mean,
        {{ variance_of_mean('others_count', 'others_total', 'others_squares') }} as others_variance
    from beside_others
),

weighted as (
    select
        *,
        cast(lane_weight as double) / sum(lane_weight) over (
            partition by platform_group, courier_id, measure, window_months, month_number
        ) as weight
    from described
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
        sum(weight * own_mean) as like_for_like_mean,
        sqrt(sum(weight * weight * own_variance)) as like_for_like_error,
        sum(weight * others_mean) as others_mean,
        sqrt(sum(weight * weight * (own_variance + others_variance))) as difference_error
    from weighted
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
    cross join spans
    where
        standardised.month_number <= spans.last_month_number
        and standardised.month_number - standardised.window_months + 1 >= spans.first_month_number
)

select
    platform_group,
    courier_id,
    measure,
    cast(window_months as {{ dbt.type_bigint() }}) as window_months,
    cast(waybill_count as {{ dbt.type_bigint() }}) as waybill_count,
    cast(shared_lane_count as {{ dbt.type_bigint() }}) as shared_lane_count,
    cast(shared_waybill_count as {{ dbt.type_bigint() }}) as shared_waybill_count,
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
