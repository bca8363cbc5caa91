{{ config(
    materialized='incremental', incremental_strategy='replace_touched',
    meta={'number': 'waybill_number', 'kind': 'waybill', 'date': 'coalesce(registered_date, first_event_date)'}
) }}
with waybills as (
    select * from {{ ref('int_waybills_timed') }}
),

providers as (
    select * from {{ ref('dim_providers') }}
),

fixed_tiers as (
    select * from {{ ref('dim_city_tiers') }}
    where is_fixed_list
),

last_load as (
    select max(load_id) as load_id from {{ ref('fct_loads') }}
)

select
    waybills.waybill_id,
    waybills.parent_waybill_id,
    waybills.provider_id,
    waybills.platform_id,
    waybills.courier_id,
    waybills.merchant_id,
    waybills.pickup_point_id,
    waybills.origin_adcode,
    waybills.origin_province_id,
    waybills.destination_adcode,
    waybills.destination_province_id,
    waybills.destination_country_code,
    waybills.currency,
    waybills.waybill_number,
    waybills.channel,
    waybills.service,
    waybills.waybill_system,
    waybills.purpose,
    case
        when waybills.returned_at is not null then 'returned'
        when waybills.delivered_at is not null then 'delivered'
        when waybills.returning_at is not null then 'returning'
        when waybills.lost_at is not null then 'lost'
        when waybills.cancelled_at is not null then 'cancelled'
        when waybills.forwarded_at is not null then 'forwarded'
        when waybills.available_for_pickup_at is not null then 'available_for_pickup'
        when waybills.attempt_failed_at >= coalesce(waybills.out_for_delivery_at, waybills.attempt_failed_at)
            then 'delivery_attempt_failed'
        when waybills.out_for_delivery_at is not null then 'out_for_delivery'
        when waybills.arrived_at is not null then 'arrived'
        when waybills.departed_at is not null then 'departed'
        when waybills.picked_up_at is not null then 'picked_up'
        when waybills.consigned_at is not null then 'consigned'
        when waybills.is_registered or waybills.registered_at is not null then 'created'
        else 'unknown'
    end as status,
    {{ city_tier(
        'waybills.home_country_code', 'waybills.destination_country_code', 'waybills.destination_province_id',
        'waybills.destination_adcode', 'fixed_tiers.tier'
    ) }} as tier_fixed,
    waybills.arrived_rule,
    waybills.exception_milestone,
    waybills.exception_reason,
    waybills.order_count,
    waybills.event_count,
    waybills.exception_scan_count,
    waybills.weight_grams,
    waybills.freight_cost_amount,
    waybills.handling_seconds,
    waybills.origin_seconds,
    waybills.linehaul_seconds,
    waybills.destination_seconds,
    waybills.last_mile_seconds,
    waybills.pickup_wait_seconds,
    waybills.end_to_end_seconds,
    waybills.order_to_delivery_seconds,
    waybills.placed_to_delivery_seconds,
    waybills.has_all_stages,
    waybills.delivered_at is not null as is_delivered,
    waybills.handed_over_at is not null as is_handed_over,
    case
        when waybills.first_attempt_at is not null then waybills.first_attempt_at <= waybills.promised_delivery_at
        when waybills.promised_delivery_at < providers.as_of_at then false
    end as is_on_time,
    case
        when waybills.first_attempt_at is not null
            then coalesce(waybills.handed_over_at <= waybills.first_attempt_at, false)
    end as is_first_attempt_successful,
    case
        when waybills.handed_over_at is not null
            then
                waybills.is_signed_at_pickup_point
                or coalesce(waybills.available_for_pickup_at <= waybills.handed_over_at, false)
    end as is_pickup_point,
    waybills.has_exception,
    waybills.returning_at is not null or waybills.returned_at is not null as is_returned,
    waybills.lost_at is not null and waybills.handed_over_at is null as is_lost,
    waybills.cancelled_at is not null and waybills.handed_over_at is null as is_cancelled,
    waybills.forwarded_at is not null as is_forwarded,
    coalesce(
        waybills.delivered_at,
        waybills.returning_at,
        waybills.returned_at,
        waybills.lost_at,
        waybills.cancelled_at,
        waybills.forwarded_at
    ) is null as is_open,
    waybills.has_impossible_times,
    waybills.is_registered,
    {{ local_date('waybills.registered_at', 'waybills.time_zone') }} as registered_date,
    {{ local_date('waybills.first_event_at', 'waybills.time_zone') }} as first_event_date,
    {{ local_date('waybills.clock_started_at', 'waybills.time_zone') }} as paid_date,
    {{ local_date('waybills.picked_up_at', 'waybills.time_zone') }} as picked_up_date,
    {{ local_date('waybills.delivered_at', 'waybills.time_zone') }} as delivered_date,
    waybills.registered_at,
    waybills.placed_at,
    waybills.paid_at,
    waybills.clock_started_at,
    waybills.consigned_at,
    waybills.picked_up_at,
    waybills.departed_at,
    waybills.arrived_at,
    waybills.out_for_delivery_at,
    waybills.first_attempt_at,
    waybills.available_for_pickup_at,
    waybills.overdue_at,
    waybills.delivered_at,
    waybills.handed_over_at,
    waybills.returning_at,
    waybills.returned_at,
    waybills.cancelled_at,
    waybills.forwarded_at,
    waybills.last_event_at,
    waybills.promised_ship_at,
    waybills.promised_delivery_at,
    last_load.load_id as _load_id
from waybills
cross join last_load
left join providers
    on waybills.provider_id = providers.provider_id
left join fixed_tiers
    on waybills.destination_adcode = fixed_tiers.adcode
