{#- One lost parcel makes no lane slow: hours count up to a limit. A week is there once all its parcels are as old. -#}
{% set limit_days = 5 %}

with waybills as (
    select * from {{ ref('fct_waybills') }}
),

providers as (
    select
        provider_id,
        {{ local_date('as_of_at', 'time_zone') }} as as_of_date
    from {{ ref('dim_providers') }}
),

parcels as (
    select
        waybills.courier_id,
        waybills.origin_province_id,
        waybills.destination_province_id,
        case
            when waybills.end_to_end_seconds < {{ limit_days * 86400 }} then waybills.end_to_end_seconds
            else {{ limit_days * 86400 }}
        end as limited_seconds,
        cast({{ dbt.date_trunc('week', 'waybills.picked_up_date') }} as date) as week_date,
        cast({{ dbt.date_trunc('month', 'waybills.picked_up_date') }} as date) as month_date,
        providers.as_of_date
    from waybills
    inner join providers
        on waybills.provider_id = providers.provider_id
    where
        waybills.purpose = 'sale'
        and {{ is_in_watched_weeks('waybills.picked_up_date') }}
        and coalesce(waybills.tier_fixed, 'unknown') <> 'abroad'
        and {{ is_in_delivery_cohort() }}
        and ({{ has_started_end_to_end() }})
)

select
    courier_id,
    origin_province_id,
    destination_province_id,
    {{ total_count('count(*)') }} as waybill_count,
    {{ total_count('sum(limited_seconds)') }} as limited_end_to_end_seconds,
    week_date,
    month_date
from parcels
where {{ is_week_mature(limit_days) }}
group by courier_id, origin_province_id, destination_province_id, week_date, month_date
