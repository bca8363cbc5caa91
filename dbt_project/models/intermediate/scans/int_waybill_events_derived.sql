{{ config(
    materialized='incremental', incremental_strategy='replace_touched',
    meta={'number': "waybill_id", 'kind': 'waybill'}
) }}
-- The times that an order itself states, as the scans of its derived parcels.
with handovers as (
    select * from {{ ref('int_waybills_derived') }}
    where picked_up_at is not null
),

deliveries as (
    select * from {{ ref('int_waybills_derived') }}
    where delivered_at is not null
),

events as (
    select
        waybill_id,
        provider_id,
        'order_delivered_carrier_date' as event_code,
        picked_up_at as occurred_at,
        _load_id
    from handovers

    union all

    select
        waybill_id,
        provider_id,
        'order_delivered_customer_date' as event_code,
        delivered_at as occurred_at,
        _load_id
    from deliveries
)

select
    waybill_id,
    provider_id,
    event_code,
    occurred_at,
    _load_id,
    {{ hash_of("waybill_id || '/' || event_code") }} as _event_key
from events
