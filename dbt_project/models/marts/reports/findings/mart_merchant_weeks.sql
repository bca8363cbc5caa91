{#- Hours count up to a limit, as in mart_lane_weeks. -#}
{% set limit_days = 3 %}

with waybills as (
    select * from {{ ref('fct_waybills') }}
),

providers as (
    select
        provider_id,
        as_of_at,
        {{ local_date('as_of_at', 'time_zone') }} as as_of_date
    from {{ ref('dim_providers') }}
),

parcels as (
    select
        waybills.merchant_id,
        waybills.courier_id,
        waybills.origin_province_id,
        case
            when waybills.handling_seconds > {{ limit_days * 86400 }} then {{ limit_days * 86400 }}
            else waybills.handling_seconds
        end as limited_seconds,
        {{ is_of_age('waybills.promised_ship_at', 0) }} as is_ship_promise_due,
        coalesce(waybills.consigned_at > waybills.promised_ship_at, true) as is_late,
        cast({{ dbt.date_trunc('week', 'waybills.paid_date') }} as date) as week_date,
        cast({{ dbt.date_trunc('month', 'waybills.paid_date') }} as date) as month_date,
        providers.as_of_date
    from waybills
    inner join providers
        on waybills.provider_id = providers.provider_id
    where
        waybills.purpose = 'sale'
        and {{ is_in_watched_weeks('waybills.paid_date') }}
        and {{ is_in_delivery_cohort() }}
)

select
    merchant_id,
    courier_id,
    origin_province_id,
    {{ total_count('count(*)') }} as waybill_count,
    {{ total_count('count(limited_seconds)') }} as handling_count,
    {{ total_count('coalesce(sum(limited_seconds), 0)') }} as limited_handling_seconds,
    {{ total_count('count(*) filter (where is_ship_promise_due)') }} as ship_promise_due_count,
    {{ total_count('count(*) filter (where is_ship_promise_due and is_late)') }} as late_shipment_count,
    week_date,
    month_date
from parcels
where {{ is_week_mature(5) }}
group by merchant_id, courier_id, origin_province_id, week_date, month_date
