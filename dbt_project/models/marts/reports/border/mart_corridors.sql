with crossings as (
    select * from {{ ref('fct_border_crossings') }}
),

waybills as (
    select * from {{ ref('fct_waybills') }}
    where picked_up_date is not null and purpose = 'sale' and {{ is_in_delivery_cohort() }}
),

provinces as (
    select * from {{ ref('dim_provinces') }}
),

business_days as (
    select * from {{ ref('dim_business_days') }}
),

travelled as (
    select
        crossings.*,
        coalesce(provinces.region, crossings.origin_country_code, 'unknown') as origin_region,
        waybills.promised_delivery_at,
        -- A promise is judged by the first attempt, whoever made it: abroad it is often another courier, under a number
        -- of its own.
        case
            when crossings.first_attempt_at is not null then crossings.first_attempt_at <= waybills.promised_delivery_at
            else waybills.is_on_time
        end as is_on_time,
        crossings.domestic_seconds is not null
        and crossings.export_seconds is not null
        and crossings.crossing_seconds is not null
        and crossings.import_seconds is not null
        and crossings.abroad_seconds is not null as is_staged,
        -- How long it took in the days of a promise, by the destination's calendar.
        {{ dbt.datediff('waybills.paid_date', 'crossings.attempt_date', 'day') }} as calendar_days,
        attempted_days.business_day_number - paid_days.business_day_number as business_days,
        {{ dbt.date_trunc('month', 'waybills.picked_up_date') }} as month_date
    from crossings
    inner join waybills
        on crossings.waybill_id = waybills.waybill_id
    left join provinces
        on crossings.origin_province_id = provinces.province_id
    left join business_days as paid_days
        on
            crossings.destination_country_code = paid_days.country_code
            and waybills.paid_date = paid_days.calendar_date
    left join business_days as attempted_days
        on
            crossings.destination_country_code = attempted_days.country_code
            and crossings.attempt_date = attempted_days.calendar_date
),

-- Of a parcel without an attempt the promise is broken, whichever days it meant. Of one with an attempt it is known
-- where its days are; where it is not told which days were meant, only where both answer the same.
judged as (
    select
        *,
        case
            when promised_day_count is null or is_on_time is null then null
            when first_attempt_at is null then false
            else business_days <= promised_day_count
        end as is_kept_as_business,
        case
            when promised_day_count is null or is_on_time is null then null
            when first_attempt_at is null then false
            else calendar_days <= promised_day_count
        end as is_kept_as_calendar
    from travelled
),

promised as (
    select
        *,
        case
            when promised_day_kind_code = 'business' then is_kept_as_business
            when promised_day_kind_code = 'calendar' or is_kept_as_business = is_kept_as_calendar
                then is_kept_as_calendar
        end as is_kept_in_days
    from judged
),

cells as (
    select
        provider_id,
        platform_id,
        courier_id,
        origin_region,
        coalesce(hub_code, 'unknown') as border_hub,
        destination_country_code,
        month_date,
        count(*) as crossing_count,
        count(door_seconds) as door_count,
        sum(door_seconds) as door_seconds,
        {{ bucket_counts(hour_bucket('door_seconds')) }} as door_counts,
        count(*) filter (where is_staged) as staged_count,
        sum(domestic_seconds) filter (where is_staged) as domestic_seconds,
        sum(export_seconds) filter (where is_staged) as export_seconds,
        sum(crossing_seconds) filter (where is_staged) as crossing_seconds,
        sum(import_seconds) filter (where is_staged) as import_seconds,
        sum(abroad_seconds) filter (where is_staged) as abroad_seconds,
        count(promised_delivery_at) as promise_count,
        count(is_on_time) as promise_due_count,
        count(*) filter (where is_on_time) as on_time_count,
        count(is_kept_in_days) as day_promise_count,
        count(*) filter (where is_kept_in_days) as kept_in_days_count,
        count(is_kept_as_business) as business_promise_count,
        count(*) filter (where is_kept_as_business) as kept_as_business_count,
        count(is_kept_as_calendar) as calendar_promise_count,
        count(*) filter (where is_kept_as_calendar) as kept_as_calendar_count
    from promised
    group by
        provider_id, platform_id, courier_id, origin_region, coalesce(hub_code, 'unknown'), destination_country_code,
        month_date
)

select
    provider_id,
    platform_id,
    courier_id,
    origin_region,
    border_hub,
    destination_country_code,
    crossing_count,
    door_count,
    {{ total_count('coalesce(door_seconds, 0)') }} as door_to_door_seconds,
    {{ hour_histogram('door_counts') }} as door_histogram,
    staged_count,
    {{ total_count('coalesce(domestic_seconds, 0)') }} as domestic_staged_seconds,
    {{ total_count('coalesce(export_seconds, 0)') }} as export_staged_seconds,
    {{ total_count('coalesce(crossing_seconds, 0)') }} as crossing_staged_seconds,
    {{ total_count('coalesce(import_seconds, 0)') }} as import_staged_seconds,
    {{ total_count('coalesce(abroad_seconds, 0)') }} as abroad_staged_seconds,
    promise_count,
    promise_due_count,
    on_time_count,
    day_promise_count,
    kept_in_days_count,
    business_promise_count,
    kept_as_business_count,
    calendar_promise_count,
    kept_as_calendar_count,
    cast(month_date as date) as month_date
from cells
