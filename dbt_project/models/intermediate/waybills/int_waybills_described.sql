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
        destination_adcode as named_adcode,
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
        null as named_adcode,
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
),

addressed as (
    select
        named.*,
        orders_of_waybills.province_id as order_province_id,
        orders_of_waybills.place_id as order_place_id,
        orders_of_waybills.country_code as order_country_code,
        orders_of_waybills.currency as order_currency,
        orders_of_waybills.channel,
        orders_of_waybills.order_count,
        orders_of_waybills.placed_at,
        orders_of_waybills.paid_at,
        orders_of_waybills.clock_started_at,
        orders_of_waybills.promised_delivery_at as order_promised_delivery_at,
        case
            when named.is_destination_known then named.named_adcode
            else orders_of_waybills.adcode
        end as destination_adcode
    from named
    left join orders_of_waybills
        on named.waybill_id = orders_of_waybills.waybill_id
),

city_zones as (
    {{ promised_city_zones('addressed') }}
)

select
    addressed.waybill_id,
    addressed.provider_id,
    addressed.platform_id,
    addressed.courier_id,
    addressed.merchant_id,
    case
        when addressed.is_origin_known then addressed.origin_adcode
        else merchants.adcode
    end as origin_adcode,
    case
        when addressed.is_origin_known then addressed.origin_province_id
        else merchants.province_id
    end as origin_province_id,
    addressed.destination_adcode,
    case
        when addressed.is_destination_known then addressed.destination_province_id
        else addressed.order_province_id
    end as destination_province_id,
    case
        when addressed.is_destination_known then addressed.destination_place_id
        else addressed.order_place_id
    end as destination_place_id,
    coalesce(
        addressed.destination_country_code, addressed.order_country_code, platforms.country_code
    ) as destination_country_code,
    coalesce(platforms.country_code, merchants.country_code, addressed.origin_country_code) as home_country_code,
    -- So that a page of one currency counts a parcel of which no amount is known.
    coalesce(addressed.currency, addressed.order_currency, platforms.currency) as currency,
    addressed.waybill_number,
    coalesce(platforms.time_zone, providers.time_zone) as time_zone,
    coalesce(addressed.channel, 'unknown') as channel,
    addressed.service,
    addressed.waybill_system,
    addressed.purpose,
    coalesce(addressed.order_count, 0) as order_count,
    addressed.weight_grams,
    addressed.freight_cost_amount,
    addressed.is_registered,
    addressed.registered_at,
    addressed.placed_at,
    addressed.paid_at,
    addressed.clock_started_at,
    addressed.promised_ship_at,
    coalesce(
        addressed.promised_delivery_at,
        {{ end_of_promised_day('addressed', 'city_zones', 'coalesce(platforms.time_zone, providers.time_zone)') }},
        -- What was promised of an order says nothing about a parcel that goes back or comes again.
        case when addressed.purpose = 'sale' then addressed.order_promised_delivery_at end
    ) as promised_delivery_at
from addressed
left join merchants
    on addressed.merchant_id = merchants.merchant_id
left join platforms
    on addressed.platform_id = platforms.platform_id
left join providers
    on addressed.provider_id = providers.provider_id
left join city_zones
    on addressed.destination_adcode = city_zones.adcode
