with waybills as (
    select * from {{ ref('fct_waybills') }}
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
)

select
    silent.waybill_id,
    silent.provider_id,
    silent.platform_id,
    silent.courier_id,
    silent.merchant_id,
    silent.destination_province_id,
    silent.waybill_number,
    silent.purpose,
    silent.status,
    case
        when silent.is_at_pickup_point then 'at_pickup_point'
        when silent.picked_up_at is null then 'before_pickup'
        else 'in_transit'
    end as place_of_silence,
    silent.tier_fixed,
    cast(silent.silent_seconds as double) / 3600 as silent_hours,
    silent.registered_at,
    silent.picked_up_at,
    silent.last_event_at,
    silent.promised_delivery_at
from silent
where silent.silent_seconds >= {{ 48 * 3600 }}
