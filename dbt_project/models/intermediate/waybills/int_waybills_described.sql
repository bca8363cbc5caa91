with registered as (
    select * from {{ ref('int_waybills_resolved') }}
),

derived as (
    select * from {{ ref('int_waybills_derived') }}
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
        origin_country_code,
        destination_adcode,
        destination_province_id,
        destination_place_id,
        destination_country_code,
        currency,
        waybill_number,
        service,
        waybill_system,
        purpose,
        weight_grams,
        freight_cost_amount,
        coalesce(origin_province_id, origin_place_id) is not null as is_origin_known,
        coalesce(destination_province_id, destination_place_id) is not null as is_destination_known,
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
        null as origin_country_code,
        null as destination_adcode,
        null as destination_province_id,
        null as destination_place_id,
        null as destination_country_code,
        null as currency,
        waybill_id as waybill_number,
        'unknown' as service,
        'unknown' as waybill_system,
        'sale' as purpose,
        null as weight_grams,
        null as freight_cost_amount,
        false as is_origin_known,
        false as is_destination_known,
        false as is_registered,
        null as promised_delivery_date,
        null as registered_at,
        promised_ship_at,
        null as promised_delivery_at
    from derived
)

select
    named.waybill_id,
    named.provider_id,
    named.platform_id,
    named.courier_id,
    named.merchant_id,
    case
        when named.is_origin_known then named.origin_adcode
        else merchants.adcode
    end as origin_adcode,
    case
        when named.is_origin_known then named.origin_province_id
        else merchants.province_id
    end as origin_province_id,
    case
        when named.is_destination_known then named.destination_adcode
        else orders_of_waybills.adcode
    end as destination_adcode,
    case
        when named.is_destination_known then named.destination_province_id
        else orders_of_waybills.province_id
    end as destination_province_id,
    case
        when named.is_destination_known then named.destination_place_id
        else orders_of_waybills.place_id
    end as destination_place_id,
    coalesce(
        named.destination_country_code, orders_of_waybills.country_code, platforms.country_code
    ) as destination_country_code,
    coalesce(platforms.country_code, merchants.country_code, named.origin_country_code) as home_country_code,
    -- So that a page of one currency counts a parcel of which no amount is known.
    coalesce(named.currency, orders_of_waybills.currency, platforms.currency) as currency,
    named.waybill_number,
    coalesce(platforms.time_zone, providers.time_zone) as time_zone,
    coalesce(orders_of_waybills.channel, 'unknown') as channel,
    named.service,
    named.waybill_system,
    named.purpose,
    coalesce(orders_of_waybills.order_count, 0) as order_count,
    named.weight_grams,
    named.freight_cost_amount,
    named.is_registered,
    named.registered_at,
    orders_of_waybills.placed_at,
    orders_of_waybills.paid_at,
    orders_of_waybills.clock_started_at,
    named.promised_ship_at,
    coalesce(
        named.promised_delivery_at,
        {{ end_of_local_day(
            'named.promised_delivery_date', 'coalesce(platforms.time_zone, providers.time_zone)'
        ) }},
        -- What was promised of an order says nothing about a parcel that goes back or comes again.
        case when named.purpose = 'sale' then orders_of_waybills.promised_delivery_at end
    ) as promised_delivery_at
from named
left join orders_of_waybills
    on named.waybill_id = orders_of_waybills.waybill_id
left join merchants
    on named.merchant_id = merchants.merchant_id
left join platforms
    on named.platform_id = platforms.platform_id
left join providers
    on named.provider_id = providers.provider_id
