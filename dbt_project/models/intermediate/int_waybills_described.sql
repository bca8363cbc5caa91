-- What is known of a waybill besides its scans: its registration or its derivation, its orders, its merchant.
with registered as (
    select * from {{ ref('int_waybills_resolved') }}
),

derived as (
    select * from {{ ref('int_waybills_derived') }}
),

tracked as (
    select
        waybill_id,
        provider_id
    from {{ ref('int_waybills_tracked') }}
),

orders_of_waybills as (
    select * from {{ ref('int_waybill_orders_aggregated') }}
),

merchants as (
    select * from {{ ref('int_merchants_resolved') }}
),

platforms as (
    select * from {{ ref('platforms') }}
),

providers as (
    select * from {{ ref('providers') }}
),

named as (
    select
        waybill_id,
        provider_id,
        platform_id,
        courier_id,
        merchant_id,
        origin_adcode,
        origin_province_id,
        destination_adcode,
        destination_province_id,
        destination_country_code,
        currency,
        waybill_number,
        service,
        waybill_system,
        purpose,
        weight_grams,
        freight_cost_amount,
        true as is_registered,
        promised_delivery_date,
        registered_at,
        promised_ship_at,
        promised_delivery_at
    from registered

    union all

    select
        waybill_id,
        provider_id,
        platform_id,
        'unknown' as courier_id,
        merchant_id,
        null as origin_adcode,
        null as origin_province_id,
        null as destination_adcode,
        null as destination_province_id,
        null as destination_country_code,
        null as currency,
        waybill_id as waybill_number,
        'unknown' as service,
        'unknown' as waybill_system,
        'sale' as purpose,
        null as weight_grams,
        null as freight_cost_amount,
        false as is_registered,
        null as promised_delivery_date,
        null as registered_at,
        promised_ship_at,
        null as promised_delivery_at
    from derived
),

completed as (
    select
        coalesce(named.waybill_id, tracked.waybill_id) as waybill_id,
        coalesce(tracked.provider_id, named.provider_id) as provider_id,
        named.platform_id,
        coalesce(
            named.courier_id,
            case
                when split_part(tracked.waybill_id, ':', 1) like '%/%' then 'unknown'
                else split_part(tracked.waybill_id, ':', 1)
            end
        ) as courier_id,
        named.merchant_id,
        named.origin_adcode,
        named.origin_province_id,
        named.destination_adcode,
        named.destination_province_id,
        named.destination_country_code,
        named.currency,
        coalesce(
            named.waybill_number,
            substr(tracked.waybill_id, length(split_part(tracked.waybill_id, ':', 1)) + 2)
        ) as waybill_number,
        coalesce(named.service, 'unknown') as service,
        coalesce(named.waybill_system, 'unknown') as waybill_system,
        coalesce(named.purpose, 'sale') as purpose,
        named.weight_grams,
        named.freight_cost_amount,
        coalesce(named.is_registered, false) as is_registered,
        named.promised_delivery_date,
        named.registered_at,
        named.promised_ship_at,
        named.promised_delivery_at
    from named
    full outer join tracked
        on named.waybill_id = tracked.waybill_id
)

select
    completed.waybill_id,
    completed.provider_id,
    completed.platform_id,
    completed.courier_id,
    completed.merchant_id,
    case
        when completed.origin_province_id is null then merchants.adcode
        else completed.origin_adcode
    end as origin_adcode,
    coalesce(completed.origin_province_id, merchants.province_id) as origin_province_id,
    case
        when completed.destination_province_id is null then orders_of_waybills.adcode
        else completed.destination_adcode
    end as destination_adcode,
    coalesce(completed.destination_province_id, orders_of_waybills.province_id) as destination_province_id,
    coalesce(
        completed.destination_country_code, orders_of_waybills.country_code, platforms.country_code
    ) as destination_country_code,
    completed.currency,
    completed.waybill_number,
    coalesce(platforms.time_zone, providers.time_zone) as time_zone,
    coalesce(orders_of_waybills.channel, 'unknown') as channel,
    completed.service,
    completed.waybill_system,
    completed.purpose,
    coalesce(orders_of_waybills.order_count, 0) as order_count,
    completed.weight_grams,
    completed.freight_cost_amount,
    completed.is_registered,
    completed.registered_at,
    orders_of_waybills.placed_at,
    orders_of_waybills.paid_at,
    orders_of_waybills.clock_started_at,
    completed.promised_ship_at,
    coalesce(
        completed.promised_delivery_at,
        {{ end_of_local_day(
            'completed.promised_delivery_date', 'coalesce(platforms.time_zone, providers.time_zone)'
        ) }},
        orders_of_waybills.promised_delivery_at
    ) as promised_delivery_at
from completed
left join orders_of_waybills
    on completed.waybill_id = orders_of_waybills.waybill_id
left join merchants
    on completed.merchant_id = merchants.merchant_id
left join platforms
    on completed.platform_id = platforms.platform_id
left join providers
    on completed.provider_id = providers.provider_id
