with orders as (
    select * from {{ ref('stg_orders') }}
),

consumers as (
    select * from {{ ref('int_consumers_resolved') }}
),

platforms as (
    select * from {{ ref('platforms') }}
),

providers as (
    select * from {{ ref('providers') }}
),

homes as (
    select * from {{ ref('int_order_homes_found') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by order_id
            order by updated_at desc nulls last, status_position desc, _row_key desc
        ) as snapshot_rank
    from orders
),

latest as (
    select
        *,
        case
            when group_status is not null and group_status <> 'formed' then false
            when paid_at is not null or delivered_at is not null then true
            when is_cash_on_delivery then status = 'received'
            else status in ('paid', 'shipped', 'received')
        end as is_paid
    from ranked
    where snapshot_rank = 1
),

addressed as (
    select
        latest.*,
        consumers.consumer_id as known_consumer_id,
        coalesce(
            latest.adcode, case when latest.province_id is null and latest.place_id is null then consumers.adcode end
        ) as destination_adcode,
        coalesce(
            latest.province_id, case when latest.place_id is null then consumers.province_id end
        ) as destination_province_id,
        coalesce(
            latest.place_id, case when latest.province_id is null then consumers.adcode end
        ) as destination_place_id,
        coalesce(latest.country_code, consumers.country_code) as destination_country_code
    from latest
    left join consumers
        on
            latest.platform_id = consumers.platform_id
            and latest.consumer_code = consumers.consumer_code
),

city_zones as (
    {{ promised_city_zones('addressed') }}
)

select
    addressed.order_id,
    addressed.platform_id,
    addressed.provider_id,
    coalesce(addressed.known_consumer_id, addressed.platform_id || ':' || addressed.consumer_code) as consumer_id,
    addressed.platform_id || ':' || addressed.referrer_code as referrer_id,
    addressed.destination_adcode as adcode,
    addressed.destination_province_id as province_id,
    addressed.destination_place_id as place_id,
    addressed.currency,
    addressed.order_number,
    coalesce(addressed.destination_country_code, platforms.country_code) as country_code,
    coalesce(platforms.country_code, homes.country_code) as home_country_code,
    coalesce(platforms.time_zone, providers.time_zone) as time_zone,
    addressed.channel,
    addressed.status,
    addressed.group_status,
    addressed.goods_amount,
    addressed.goods_amount - addressed.merchant_discount_amount + addressed.adjustment_amount as value_amount,
    addressed.platform_discount_amount + addressed.platform_postage_amount as platform_subsidy_amount,
    addressed.postage_amount,
    addressed.paid_amount,
    addressed.partner_discount_amount,
    addressed.commission_amount,
    addressed.payment_fee_amount,
    addressed.is_paid,
    addressed.cancelled_at is not null or addressed.status = 'cancelled' as is_cancelled,
    addressed.is_cash_on_delivery,
    case
        when providers.has_receipts then addressed.received_at is not null or addressed.status = 'received'
    end as is_received,
    providers.has_waybills,
    providers.has_unpaid_orders,
    providers.has_refunds,
    providers.has_receipts,
    {{ local_date('addressed.placed_at', 'coalesce(platforms.time_zone, providers.time_zone)') }} as order_date,
    case
        when addressed.is_paid
            then {{ local_date('addressed.paid_at', 'coalesce(platforms.time_zone, providers.time_zone)') }}
    end as payment_date,
    addressed.placed_at,
    case when addressed.is_paid then addressed.paid_at end as paid_at,
    case
        when addressed.is_cash_on_delivery then addressed.placed_at
        when addressed.is_paid then addressed.paid_at
    end as clock_started_at,
    addressed.picked_up_at,
    addressed.delivered_at,
    addressed.received_at,
    addressed.cancelled_at,
    coalesce(
        addressed.promised_delivery_at,
        {{ end_of_promised_day('addressed', 'city_zones', 'coalesce(platforms.time_zone, providers.time_zone)') }}
    ) as promised_delivery_at,
    addressed.updated_at,
    addressed._load_id,
    addressed._line_number
from addressed
left join platforms
    on addressed.platform_id = platforms.platform_id
left join providers
    on addressed.provider_id = providers.provider_id
left join homes
    on addressed.order_id = homes.order_id
left join city_zones
    on addressed.destination_adcode = city_zones.adcode
