{{ config(
    materialized='cells',
    meta={'cell_date': 'month_date', 'cell_keys': [
        'provider_id', 'platform_id', 'courier_id', 'tier_fixed', 'business_days',
    ]}
) }}
-- Paid to delivered in business days: those after the day of payment, up to and with the day of delivery.
with waybills as (
    select
        provider_id,
        platform_id,
        courier_id,
        destination_country_code,
        tier_fixed,
        order_to_delivery_seconds,
        is_delivered,
        paid_date,
        delivered_date,
        clock_started_at
    from {{ rows_of('fct_waybills') }}
    where purpose = 'sale' and paid_date is not null and {{ is_in_delivery_cohort() }}
),

business_days as (
    select * from {{ ref('dim_business_days') }}
),

numbered as (
    select
        waybills.provider_id,
        waybills.platform_id,
        waybills.courier_id,
        waybills.tier_fixed,
        case
            when waybills.order_to_delivery_seconds is not null
                then days_of_delivery.business_day_number - days_of_payment.business_day_number
        end as business_days,
        coalesce(waybills.is_delivered, false) as is_delivered,
        {{ dbt.date_trunc('month', 'waybills.paid_date') }} as month_date
    from waybills
    left join business_days as days_of_payment
        on
            waybills.destination_country_code = days_of_payment.country_code
            and waybills.paid_date = days_of_payment.calendar_date
    left join business_days as days_of_delivery
        on
            waybills.destination_country_code = days_of_delivery.country_code
            and waybills.delivered_date = days_of_delivery.calendar_date
)

select
    provider_id,
    platform_id,
    courier_id,
    tier_fixed,
    cast(business_days as {{ dbt.type_bigint() }}) as business_days,
    {{ total_count('count(*)') }} as waybill_count,
    {{ total_count('count(*) filter (where is_delivered)') }} as delivered_count,
    {{ total_count('count(business_days)') }} as business_days_known_count,
    {{ total_count('coalesce(sum(business_days), 0)') }} as order_to_delivery_business_days,
    cast(month_date as date) as month_date
from numbered
group by provider_id, platform_id, courier_id, tier_fixed, business_days, month_date
