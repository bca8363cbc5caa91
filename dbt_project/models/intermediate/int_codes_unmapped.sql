with orders as (
    select * from {{ ref('stg_orders') }}
    where
        {{ has_arrived() }}
        and (
            status = 'unknown'
            or channel = 'unknown'
            or group_status = 'unknown'
            or unresolved_place is not null
        )
),

waybills as (
    select * from {{ ref('stg_waybills') }}
    where
        {{ has_arrived() }}
        and (
            named_courier_id = 'unknown'
            or service = 'unknown'
            or waybill_system = 'unknown'
            or purpose = 'unknown'
            or unresolved_origin_place is not null
            or unresolved_place is not null
        )
),

events as (
    select * from {{ ref('int_waybill_events_counted') }}
    where
        not is_code_known
        or named_courier_id = 'unknown'
        or unresolved_place is not null
),

consumers as (
    select * from {{ ref('stg_consumers') }}
    where
        {{ has_arrived() }}
        and unresolved_place is not null
),

merchants as (
    select * from {{ ref('stg_merchants') }}
    where
        {{ has_arrived() }}
        and unresolved_place is not null
),

rate_cards as (
    select * from {{ ref('stg_rate_cards') }}
    where
        {{ has_arrived() }}
        and courier_id is null
),

rate_card_places as (
    select * from {{ ref('int_rate_card_places_resolved') }}
    where
        {{ has_arrived() }}
        and place_id is null
),

codes as (
    select
        provider_id,
        'order_status' as kind,
        status_code as code,
        1 as row_count,
        placed_at as first_seen_at,
        placed_at as last_seen_at
    from orders
    where status = 'unknown'

    union all

    select
        provider_id,
        'channel' as kind,
        channel_code as code,
        1 as row_count,
        placed_at as first_seen_at,
        placed_at as last_seen_at
    from orders
    where channel = 'unknown' and channel_code is not null

    union all

    select
        provider_id,
        'group_status' as kind,
        group_status_code as code,
        1 as row_count,
        placed_at as first_seen_at,
        placed_at as last_seen_at
    from orders
    where group_status = 'unknown'

    union all

    select
        provider_id,
        'place' as kind,
        unresolved_place as code,
        1 as row_count,
        placed_at as first_seen_at,
        placed_at as last_seen_at
    from orders
    where unresolved_place is not null

    union all

    select
        provider_id,
        'place' as kind,
        unresolved_place as code,
        1 as row_count,
        updated_at as first_seen_at,
        updated_at as last_seen_at
    from consumers
    where unresolved_place is not null

    union all

    select
        provider_id,
        'place' as kind,
        unresolved_place as code,
        1 as row_count,
        updated_at as first_seen_at,
        updated_at as last_seen_at
    from merchants
    where unresolved_place is not null

    union all

    select
        provider_id,
        'courier' as kind,
        courier_code as code,
        1 as row_count,
        registered_at as first_seen_at,
        registered_at as last_seen_at
    from waybills
    where named_courier_id = 'unknown'

    union all

    select
        provider_id,
        'service' as kind,
        service_code as code,
        1 as row_count,
        registered_at as first_seen_at,
        registered_at as last_seen_at
    from waybills
    where service = 'unknown' and service_code is not null

    union all

    select
        provider_id,
        'waybill_system' as kind,
        waybill_system_code as code,
        1 as row_count,
        registered_at as first_seen_at,
        registered_at as last_seen_at
    from waybills
    where waybill_system = 'unknown' and waybill_system_code is not null

    union all

    select
        provider_id,
        'purpose' as kind,
        purpose_code as code,
        1 as row_count,
        registered_at as first_seen_at,
        registered_at as last_seen_at
    from waybills
    where purpose = 'unknown'

    union all

    select
        provider_id,
        'place' as kind,
        unresolved_origin_place as code,
        1 as row_count,
        registered_at as first_seen_at,
        registered_at as last_seen_at
    from waybills
    where unresolved_origin_place is not null

    union all

    select
        provider_id,
        'place' as kind,
        unresolved_place as code,
        1 as row_count,
        registered_at as first_seen_at,
        registered_at as last_seen_at
    from waybills
    where unresolved_place is not null

    union all

    select
        provider_id,
        'courier' as kind,
        courier_code as code,
        row_count,
        first_seen_at,
        last_seen_at
    from events
    where named_courier_id = 'unknown' and courier_code is not null

    union all

    select
        provider_id,
        'place' as kind,
        unresolved_place as code,
        row_count,
        first_seen_at,
        last_seen_at
    from events
    where unresolved_place is not null

    union all

    select
        provider_id,
        'event' as kind,
        event_code as code,
        row_count,
        first_seen_at,
        last_seen_at
    from events
    where not is_code_known and event_code is not null

    union all

    select
        provider_id,
        'event_text' as kind,
        coalesce(unread_text, '') as code,
        row_count,
        first_seen_at,
        last_seen_at
    from events
    where event_code is null and milestone = 'unknown'

    union all

    select
        provider_id,
        'courier' as kind,
        courier_code as code,
        1 as row_count,
        updated_at as first_seen_at,
        updated_at as last_seen_at
    from rate_cards

    union all

    select
        provider_id,
        'place' as kind,
        place as code,
        1 as row_count,
        updated_at as first_seen_at,
        updated_at as last_seen_at
    from rate_card_places
)

select
    provider_id,
    kind,
    code,
    {{ total_count('sum(row_count)') }} as row_count,
    min(first_seen_at) as first_seen_at,
    max(last_seen_at) as last_seen_at
from codes
group by provider_id, kind, code
