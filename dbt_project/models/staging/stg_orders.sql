{{ after('touched_numbers') -}}
with orders as (
    select * from {{ source('touched', 'orders') }}
),

order_status_codes as (
    select * from {{ ref('order_status_codes') }}
),

order_statuses as (
    select * from {{ ref('order_statuses') }}
),

group_status_codes as (
    select * from {{ ref('group_status_codes') }}
),

channel_codes as (
    select * from {{ ref('channel_codes') }}
),

provinces as (
    {{ province_keys() }}
),

cities as (
    {{ city_keys() }}
),

world_cities as (
    {{ world_city_keys('orders', 'destination_') }}
)

select
    orders.platform_id || ':' || orders.order_number as order_id,
    orders.platform_id,
    orders.provider_id,
    coalesce(cities.adcode, world_cities.adcode) as adcode,
    coalesce(provinces.province_id, world_cities.province_id) as province_id,
    {{ place_id('orders', 'provinces', 'cities', 'destination_') }} as place_id,
    orders.currency,
    orders.consumer_code,
    orders.referrer_code,
    orders.order_number,
    coalesce(provinces.country_code, orders.destination_country_code) as country_code,
    orders.channel_code,
    coalesce(channel_codes.channel, 'unknown') as channel,
    orders.status_code,
    coalesce(order_status_codes.status, 'unknown') as status,
    orders.group_status_code,
    case
        when orders.group_status_code is not null then coalesce(group_status_codes.group_status, 'unknown')
    end as group_status,
    {{ unresolved_place('orders', 'cities', 'destination_', 'world_cities') }} as unresolved_place,
    coalesce(order_statuses.position, 0) as status_position,
    coalesce(orders.goods_amount, 0) as goods_amount,
    coalesce(orders.merchant_discount_amount, 0) as merchant_discount_amount,
    coalesce(orders.platform_discount_amount, 0) as platform_discount_amount,
    coalesce(orders.postage_amount, 0) as postage_amount,
    coalesce(orders.adjustment_amount, 0) as adjustment_amount,
    coalesce(orders.platform_postage_amount, 0) as platform_postage_amount,
    orders.paid_amount,
    orders.partner_discount_amount,
    orders.commission_amount,
    orders.payment_fee_amount,
    coalesce(orders.is_cash_on_delivery, false) as is_cash_on_delivery,
    orders.promised_delivery_date,
    orders.placed_at,
    orders.paid_at,
    orders.picked_up_at,
    orders.delivered_at,
    orders.promised_delivery_at,
    orders.received_at,
    orders.cancelled_at,
    orders.updated_at,
    orders._load_id,
    orders._line_number,
    orders._row_key
from orders
left join order_status_codes
    on
        orders.provider_id = order_status_codes.provider_id
        and orders.status_code = order_status_codes.code
left join order_statuses
    on order_status_codes.status = order_statuses.status
left join group_status_codes
    on
        orders.provider_id = group_status_codes.provider_id
        and orders.group_status_code = group_status_codes.code
left join channel_codes
    on
        orders.provider_id = channel_codes.provider_id
        and orders.channel_code = channel_codes.code
left join provinces
    on {{ is_in_province('orders', 'provinces', 'destination_') }}
left join cities
    on {{ is_in_city('orders', 'provinces', 'cities', 'destination_') }}
left join world_cities
    on {{ is_in_world_city('orders', 'provinces', 'world_cities', 'destination_') }}
