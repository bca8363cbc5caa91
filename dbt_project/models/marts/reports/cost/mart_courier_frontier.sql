-- A parcel counts at three levels: on its lane, to its province from anywhere, and in the whole market. Ranks of an
-- interval follow from the binomial distribution's normal approximation; one that is beyond the last parcel, and a
-- parcel that never came, have no hours.
{% set keys = ['lane_level', 'origin_province_id', 'destination_province_id', 'weight_band', 'currency'] %}
{% set fewest = 30 %}
with newest as (
    select max({{ local_date('as_of_at', 'time_zone') }}) as newest_date
    from {{ ref('dim_providers') }}
),

waybills as (
    select
        waybills.waybill_id,
        waybills.courier_id,
        waybills.origin_province_id,
        waybills.destination_province_id,
        waybills.currency,
        waybills.freight_cost_amount,
        {{ weight_band('waybills.weight_grams') }} as weight_band,
        {{ seconds_between('waybills.registered_at', 'waybills.first_attempt_at') }} as attempt_seconds
    from {{ ref('fct_waybills') }} as waybills
    cross join newest
    where
        waybills.purpose = 'sale'
        and not waybills.is_cancelled
        and not waybills.is_forwarded
        and (waybills.first_attempt_at is not null or not waybills.is_returned)
        and waybills.courier_id is not null
        and waybills.origin_province_id is not null
        and waybills.destination_province_id is not null
        and waybills.weight_grams > 0
        and waybills.freight_cost_amount > 0
        and {{ dbt.datediff('waybills.registered_date', 'newest.newest_date', 'day') }} between 10 and 100
),

levels as (
    select 'lane' as lane_level
    union all
    select 'destination' as lane_level
    union all
    select 'market' as lane_level
),

levelled as (
    select
        levels.lane_level,
        case when levels.lane_level = 'lane' then waybills.origin_province_id end as origin_province_id,
        case when levels.lane_level <> 'market' then waybills.destination_province_id end
            as destination_province_id,
        waybills.waybill_id,
        waybills.courier_id,
        waybills.currency,
        waybills.freight_cost_amount,
        waybills.weight_band,
        waybills.attempt_seconds
    from waybills
    cross join levels
),

ranked as (
    select
        levelled.*,
        row_number() over (
            partition by {{ keys | join(', ') }}, courier_id
            order by attempt_seconds nulls last, waybill_id
        ) as attempt_rank,
        count(*) over (partition by {{ keys | join(', ') }}, courier_id) as carried_count
    from levelled
),

bounded as (
    select
        ranked.*,
        cast(ceil(carried_count * 0.9) as {{ dbt.type_bigint() }}) as p90_rank,
        cast(floor(carried_count * 0.9 - 1.96 * sqrt(carried_count * 0.09)) as {{ dbt.type_bigint() }}) as low_rank,
        cast(ceil(carried_count * 0.9 + 1.96 * sqrt(carried_count * 0.09)) as {{ dbt.type_bigint() }}) as high_rank
    from ranked
),

couriers as (
    select
        {{ keys | join(',\n        ') }},
        courier_id,
        count(*) as carried_count,
        sum(freight_cost_amount) as cost_amount,
        sum(cast(freight_cost_amount as decimal(38, 2)) * freight_cost_amount) as squared_cost_amount,
        max(case when attempt_rank = p90_rank then attempt_seconds end) as p90_seconds,
        max(case when attempt_rank = low_rank then attempt_seconds end) as low_seconds,
        max(case when attempt_rank = high_rank then attempt_seconds end) as high_seconds
    from bounded
    group by {{ keys | join(', ') }}, courier_id
),

measured as (
    select
        couriers.*,
        cast(cost_amount as double) / carried_count as mean_cost,
        1.96 * sqrt({{ variance_of_mean('carried_count', 'cost_amount', 'squared_cost_amount') }}) as cost_reach,
        carried_count >= {{ fewest }} and p90_seconds is not null as is_judged
    from couriers
),

beaten as (
    select distinct
        measured.lane_level,
        measured.origin_province_id,
        measured.destination_province_id,
        measured.weight_band,
        measured.currency,
        measured.courier_id
    from measured
    inner join measured as others
        on
            measured.lane_level = others.lane_level
            and coalesce(measured.origin_province_id, '') = coalesce(others.origin_province_id, '')
            and coalesce(measured.destination_province_id, '') = coalesce(others.destination_province_id, '')
            and measured.weight_band = others.weight_band
            and measured.currency = others.currency
    where
        measured.is_judged
        and others.is_judged
        and others.mean_cost <= measured.mean_cost
        and others.p90_seconds <= measured.p90_seconds
        and (others.mean_cost < measured.mean_cost or others.p90_seconds < measured.p90_seconds)
)

select
    measured.lane_level,
    measured.origin_province_id,
    measured.destination_province_id,
    measured.weight_band,
    measured.currency,
    measured.courier_id,
    {{ total_count('measured.carried_count') }} as frontier_parcel_count,
    measured.mean_cost as mean_parcel_cost,
    measured.mean_cost - measured.cost_reach as mean_parcel_cost_low,
    measured.mean_cost + measured.cost_reach as mean_parcel_cost_high,
    cast(measured.p90_seconds as double) / 3600 as p90_registered_to_attempt_hours,
    cast(measured.low_seconds as double) / 3600 as p90_registered_to_attempt_hours_low,
    cast(measured.high_seconds as double) / 3600 as p90_registered_to_attempt_hours_high,
    case when measured.is_judged then beaten.courier_id is null end as is_unbeaten
from measured
left join beaten
    on
        measured.lane_level = beaten.lane_level
        and coalesce(measured.origin_province_id, '') = coalesce(beaten.origin_province_id, '')
        and coalesce(measured.destination_province_id, '') = coalesce(beaten.destination_province_id, '')
        and measured.weight_band = beaten.weight_band
        and measured.currency = beaten.currency
        and measured.courier_id = beaten.courier_id
