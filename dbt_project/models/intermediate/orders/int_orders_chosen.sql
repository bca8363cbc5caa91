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
)

select
    latest.order_id,
    latest.platform_id,
    latest.provider_id,
    coalesce(consumers.consumer_id, latest.platform_id || ':' || latest.consumer_code) as consumer_id,
    latest.platform_id || ':' || latest.referrer_code as referrer_id,
    coalesce(
        latest.adcode, case when latest.province_id is null and latest.place_id is null then consumers.adcode end
    ) as adcode,
    coalesce(
        latest.province_id, case when latest.place_id is null then consumers.province_id end
    ) as province_id,
    coalesce(latest.place_id, case when latest.province_id is null then consumers.adcode end) as place_id,
    latest.currency,
    latest.order_number,
    coalesce(latest.country_code, consumers.country_code, platforms.country_code) as country_code,
    coalesce(platforms.country_code, homes.country_code) as home_country_code,
    coalesce(platforms.time_zone, providers.time_zone) as time_zone,
    latest.channel,
    latest.status,
    latest.group_status,
    latest.goods_amount,
    latest.goods_amount - latest.merchant_discount_amount + latest.adjustment_amount as value_amount,
    latest.platform_discount_amount + latest.platform_postage_amount as platform_subsidy_amount,
    latest.postage_amount,
    latest.paid_amount,
    latest.partner_discount_amount,
    latest.commission_amount,
    latest.payment_fee_amount,
    latest.is_paid,
    latest.cancelled_at is not null or latest.status = 'cancelled' as is_cancelled,
    latest.is_cash_on_delivery,
    case
        when providers.has_receipts then latest.received_at is not null or latest.status = 'received'
    end as is_received,
    providers.has_waybills,
    providers.has_unpaid_orders,
    providers.has_refunds,
    providers.has_receipts,
    {{ local_date('latest.placed_at', 'coalesce(platforms.time_zone, providers.time_zone)') }} as order_date,
    case
        when latest.is_paid
            then {{ local_date('latest.paid_at', 'coalesce(platforms.time_zone, providers.time_zone)') }}
    end as payment_date,
    latest.placed_at,
    case when latest.is_paid then latest.paid_at end as paid_at,
    case
        when latest.is_cash_on_delivery then latest.placed_at
        when latest.is_paid then latest.paid_at
    end as clock_started_at,
    latest.picked_up_at,
    latest.delivered_at,
    latest.received_at,
    latest.cancelled_at,
    coalesce(
        latest.promised_delivery_at,
        {{ end_of_local_day('latest.promised_delivery_date', 'coalesce(platforms.time_zone, providers.time_zone)') }}
    ) as promised_delivery_at,
    latest.updated_at,
    latest._load_id,
    latest._line_number
from latest
left join consumers
    on
        latest.platform_id = consumers.platform_id
        and latest.consumer_code = consumers.consumer_code
left join platforms
    on latest.platform_id = platforms.platform_id
left join providers
    on latest.provider_id = providers.provider_id
left join homes
    on latest.order_id = homes.order_id
