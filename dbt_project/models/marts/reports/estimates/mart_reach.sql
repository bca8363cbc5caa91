-- Dates are local: the start's by the provider's clock, the arrival's by the clock where it arrives.
with waybills as (
    select * from {{ ref('fct_waybills') }}
    where
        purpose = 'sale'
        and not is_cancelled
        and not is_forwarded
        and (first_attempt_at is not null or not is_returned)
        and clock_started_at is not null
        and origin_adcode is not null
        and destination_province_id is not null
),

providers as (
    select
        provider_id,
        time_zone,
        as_of_at
    from {{ ref('dim_providers') }}
),

newest as (
    select max(as_of_at) as as_of_at from providers
),

cities as (
    select
        adcode,
        time_zone
    from {{ ref('dim_cities') }}
),

dated as (
    select
        waybills.origin_adcode,
        waybills.destination_province_id,
        waybills.courier_id,
        cast(
            floor({{ local_second_of_day('waybills.clock_started_at', 'providers.time_zone') }} / 3600.0)
            as {{ dbt.type_bigint() }}
        ) as hour_of_day,
        {{ local_date('waybills.clock_started_at', 'providers.time_zone') }} as start_date,
        {{ local_date('waybills.first_attempt_at', 'coalesce(cities.time_zone, providers.time_zone)') }}
            as arrival_date,
        {{ local_date('providers.as_of_at', 'providers.time_zone') }} as as_of_date,
        {{ local_date('newest.as_of_at', 'providers.time_zone') }} as newest_date
    from waybills
    inner join providers
        on waybills.provider_id = providers.provider_id
    cross join newest
    left join cities
        on waybills.destination_adcode = cities.adcode
)

select
    origin_adcode,
    destination_province_id,
    courier_id,
    hour_of_day,
    {{ total_count('count(*)') }} as waybill_count,
    {{ total_count('count(*) filter (where arrival_date <= start_date)') }} as same_day_count,
    {{ total_count(
        'count(*) filter (where ' ~ dbt.datediff('start_date', 'arrival_date', 'day') ~ ' <= 1)'
    ) }} as next_day_count
from dated
where
    -- The day after has passed for all of them, and they are not so old that they say nothing of today.
    {{ dbt.datediff('start_date', 'as_of_date', 'day') }} > 1
    and {{ dbt.datediff('start_date', 'newest_date', 'day') }} <= 90
group by origin_adcode, destination_province_id, courier_id, hour_of_day
