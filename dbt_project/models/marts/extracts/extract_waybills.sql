{{ config(
    materialized='incremental', incremental_strategy='replace_touched',
    meta={
        'number': 'waybill_number', 'kind': 'waybill',
        'date': 'cast(coalesce(registered_at, last_event_at) as date)',
    }
) }}
with waybills as (
    select
        *,
        {{ is_in_delivery_cohort() }} as is_in_cohort
    from {{ rows_of('fct_waybills') }}
),

waybill_orders as (
    select * from {{ ref('fct_waybill_orders') }}
),

orders as (
    select * from {{ ref('fct_orders') }}
),

order_numbers as (
    {{ order_numbers_of('waybills') }}
)

select
    waybills.merchant_id,
    waybills.waybill_id,
    waybills.provider_id,
    waybills.courier_id,
    waybills.origin_province_id,
    waybills.destination_adcode,
    waybills.destination_province_id,
    waybills.destination_country_code,
    waybills.currency,
    waybills.waybill_number,
    order_numbers.order_numbers,
    waybills.channel,
    waybills.service,
    waybills.waybill_system,
    waybills.purpose,
    waybills.status as waybill_status,
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
    waybills.purpose = 'sale' and waybills.is_in_cohort as is_timed,
    waybills.has_all_stages,
    waybills.is_on_time,
    waybills.is_first_attempt_successful,
    waybills.is_pickup_point,
    waybills.has_exception,
    waybills.is_returned,
    waybills.is_lost,
    waybills.paid_date,
    waybills.picked_up_date,
    waybills.delivered_date,
    waybills.registered_at,
    waybills.paid_at,
    waybills.consigned_at,
    waybills.picked_up_at,
    waybills.out_for_delivery_at,
    waybills.first_attempt_at,
    waybills.available_for_pickup_at,
    waybills.delivered_at,
    waybills.handed_over_at,
    waybills.returned_at,
    waybills.last_event_at,
    waybills.promised_ship_at,
    waybills.promised_delivery_at,
    waybills._load_id
from waybills
left join order_numbers
    on waybills.waybill_id = order_numbers.waybill_id
where waybills.merchant_id is not null
