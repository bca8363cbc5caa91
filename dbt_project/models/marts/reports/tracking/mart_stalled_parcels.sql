with waybills as (
    select * from {{ ref('fct_waybills') }}
),

waybill_orders as (
    select * from {{ ref('fct_waybill_orders') }}
),

orders as (
    select * from {{ ref('fct_orders') }}
),

providers as (
    select * from {{ ref('dim_providers') }}
),

-- A parcel at a pickup point is handed over, but not yet with the consumer.
silent as (
    select
        waybills.*,
        waybills.is_handed_over as is_at_pickup_point,
        {{ seconds_between(
            'coalesce(waybills.last_event_at, waybills.registered_at)', 'providers.as_of_at'
        ) }} as silent_seconds
    from waybills
    inner join providers
        on waybills.provider_id = providers.provider_id
    where
        waybills.is_open
        or (
            waybills.is_handed_over
            and not waybills.is_delivered
            and not waybills.is_returned
            and not waybills.is_lost
            and not waybills.is_cancelled
            and not waybills.is_forwarded
        )
),

stalled as (
    select *
    from silent
    where silent_seconds >= {{ 48 * 3600 }}
),

-- Nobody waits for a parcel of which every order was cancelled: its label lies unused.
awaited as (
    select
        stalled.waybill_id,
        max(case when orders.is_cancelled then 0 else 1 end) as is_awaited
    from stalled
    inner join waybill_orders
        on stalled.waybill_id = waybill_orders.waybill_id
    inner join orders
        on waybill_orders.order_id = orders.order_id
    group by stalled.waybill_id
)

select
    stalled.waybill_id,
    stalled.provider_id,
    stalled.platform_id,
    stalled.courier_id,
    stalled.currency,
    stalled.merchant_id,
    stalled.destination_province_id,
    stalled.waybill_number,
    stalled.purpose,
    stalled.status,
    case
        when stalled.is_at_pickup_point then 'at_pickup_point'
        when stalled.picked_up_at is null then 'before_pickup'
        else 'in_transit'
    end as place_of_silence,
    case
        {% for days in [4, 7, 14, 30] -%}
        when stalled.silent_seconds < {{ days * 86400 }} then 'under_{{ days }}_days'
        {% endfor -%}
        else 'over_30_days'
    end as silence_band,
    stalled.tier_fixed,
    cast(stalled.silent_seconds as double) / 3600 as silent_hours,
    stalled.registered_at,
    stalled.picked_up_at,
    stalled.last_event_at,
    stalled.promised_delivery_at
from stalled
left join awaited
    on stalled.waybill_id = awaited.waybill_id
where coalesce(awaited.is_awaited, 1) = 1
