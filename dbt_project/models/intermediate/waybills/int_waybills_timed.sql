-- The milestones that depend on one another, and the time between them.
with described as (
    select * from {{ ref('int_waybills_described') }}
),

tracked as (
    select * from {{ ref('int_waybills_tracked') }}
),

recycled as (
    select * from {{ ref('int_waybill_numbers_recycled') }}
),

linked as (
    select * from {{ ref('int_waybills_linked') }}
),

providers as (
    select * from {{ ref('providers') }}
),

-- A waybill that only scans know is known by its identity: courier_id:waybill_number.
joined as (
    select
        coalesce(described.waybill_id, tracked.waybill_id) as waybill_id,
        coalesce(tracked.provider_id, described.provider_id) as provider_id,
        described.platform_id,
        coalesce(
            described.courier_id,
            case
                when split_part(tracked.waybill_id, ':', 1) like '%/%' then 'unknown'
                else split_part(tracked.waybill_id, ':', 1)
            end
        ) as courier_id,
        described.merchant_id,
        described.origin_adcode,
        described.origin_province_id,
        described.destination_adcode,
        described.destination_province_id,
        described.destination_place_id,
        described.destination_country_code,
        described.home_country_code,
        described.currency,
        coalesce(
            described.waybill_number,
            substr(
                coalesce(recycled.number_id, tracked.waybill_id), length(split_part(tracked.waybill_id, ':', 1)) + 2
            )
        ) as waybill_number,
        described.time_zone,
        coalesce(described.channel, 'unknown') as channel,
        coalesce(described.service, 'unknown') as service,
        coalesce(described.waybill_system, 'unknown') as waybill_system,
        described.purpose as registered_purpose,
        coalesce(described.order_count, 0) as order_count,
        coalesce(tracked.event_count, 0) as event_count,
        described.weight_grams,
        described.freight_cost_amount,
        coalesce(tracked.has_exception, false) as has_exception,
        coalesce(tracked.exception_scan_count, 0) as exception_scan_count,
        tracked.first_exception.milestone as exception_milestone,
        tracked.first_exception.reason as exception_reason,
        coalesce(tracked.is_signed_at_pickup_point, false) as is_signed_at_pickup_point,
        coalesce(described.is_registered, false) as is_registered,
        coalesce(described.registered_at, tracked.created_at) as registered_at,
        described.placed_at,
        described.paid_at,
        described.clock_started_at,
        tracked.consigned_at,
        tracked.picked_up_at,
        tracked.departed_at,
        tracked.out_for_delivery_at,
        tracked.attempt_failed_at,
        tracked.available_for_pickup_at,
        tracked.delivered_at,
        tracked.returning_at,
        tracked.returned_at,
        tracked.lost_at,
        tracked.cancelled_at,
        tracked.forwarded_at,
        tracked.overdue_at,
        tracked.pickup_point_id,
        tracked.first_event_at,
        tracked.last_event_at,
        described.promised_ship_at,
        described.promised_delivery_at,
        tracked.arrivals
    from described
    full outer join tracked
        on described.waybill_id = tracked.waybill_id
    left join recycled
        on tracked.waybill_id = recycled.waybill_id
),

handed_over as (
    select
        joined.*,
        linked.parent_waybill_id,
        coalesce(joined.registered_purpose, linked.purpose, 'sale') as purpose,
        coalesce(joined.time_zone, providers.time_zone) as zone,
        least(joined.available_for_pickup_at, joined.delivered_at) as handed_over_at,
        least(joined.attempt_failed_at, joined.available_for_pickup_at, joined.delivered_at) as first_attempt_at,
        {{ list_min(list_of(
            list_where(
                'joined.arrivals',
                'item.place_id = joined.destination_place_id and item.occurred_at > joined.departed_at'
                ~ ' and (joined.out_for_delivery_at is null or item.occurred_at <= joined.out_for_delivery_at)'
            ),
            'item.occurred_at'
        )) }} as arrived_in_city_at,
        case
            when {{ list_min(list_where('joined.arrivals', 'item.has_place')) }} is null
                then {{ list_max(list_of(
                    list_where('joined.arrivals', 'item.occurred_at <= joined.out_for_delivery_at'),
                    'item.occurred_at'
                )) }}
        end as arrived_last_at
    from joined
    left join linked
        on joined.waybill_id = linked.waybill_id
    left join providers
        on joined.provider_id = providers.provider_id
),

arrived as (
    select
        *,
        coalesce(arrived_in_city_at, arrived_last_at) as arrived_at,
        case
            when arrived_in_city_at is not null then 'first_in_city'
            when arrived_last_at is not null then 'last_before_out_for_delivery'
        end as arrived_rule
    from handed_over
),

between as (
    select
        *,
        {{ seconds_between('clock_started_at', 'picked_up_at') }} as clock_to_picked_up_seconds,
        {{ seconds_between('picked_up_at', 'departed_at') }} as picked_up_to_departed_seconds,
        {{ seconds_between('departed_at', 'arrived_at') }} as departed_to_arrived_seconds,
        {{ seconds_between('arrived_at', 'out_for_delivery_at') }} as arrived_to_out_seconds,
        {{ seconds_between('out_for_delivery_at', 'handed_over_at') }} as out_to_handed_over_seconds,
        {{ seconds_between('handed_over_at', 'delivered_at') }} as handed_over_to_delivered_seconds,
        {{ seconds_between('picked_up_at', 'handed_over_at') }} as picked_up_to_handed_over_seconds,
        {{ seconds_between('clock_started_at', 'delivered_at') }} as clock_to_delivered_seconds,
        {{ seconds_between('placed_at', 'delivered_at') }} as placed_to_delivered_seconds
    from arrived
),

-- A milestone before its predecessor is out of order: both stages beside it are void.
staged as (
    select
        *,
        case
            when clock_to_picked_up_seconds >= 0 then clock_to_picked_up_seconds
        end as handling_seconds,
        {{ stage_seconds('picked_up_to_departed_seconds', 'clock_to_picked_up_seconds') }} as origin_seconds,
        {{ stage_seconds('departed_to_arrived_seconds', 'picked_up_to_departed_seconds') }} as linehaul_seconds,
        {{ stage_seconds('arrived_to_out_seconds', 'departed_to_arrived_seconds') }} as destination_seconds,
        {{ stage_seconds('out_to_handed_over_seconds', 'arrived_to_out_seconds') }} as last_mile_seconds
    from between
)

select
    waybill_id,
    parent_waybill_id,
    provider_id,
    platform_id,
    courier_id,
    merchant_id,
    origin_adcode,
    origin_province_id,
    destination_adcode,
    destination_province_id,
    destination_country_code,
    home_country_code,
    currency,
    waybill_number,
    zone as time_zone,
    channel,
    service,
    waybill_system,
    purpose,
    arrived_rule,
    exception_milestone,
    exception_reason,
    order_count,
    event_count,
    exception_scan_count,
    weight_grams,
    freight_cost_amount,
    handling_seconds,
    origin_seconds,
    linehaul_seconds,
    destination_seconds,
    last_mile_seconds,
    case
        when available_for_pickup_at <= delivered_at then handed_over_to_delivered_seconds
    end as pickup_wait_seconds,
    case when picked_up_to_handed_over_seconds >= 0 then picked_up_to_handed_over_seconds end as end_to_end_seconds,
    case when clock_to_delivered_seconds >= 0 then clock_to_delivered_seconds end as order_to_delivery_seconds,
    case when placed_to_delivered_seconds >= 0 then placed_to_delivered_seconds end as placed_to_delivery_seconds,
    handling_seconds is not null
    and origin_seconds is not null
    and linehaul_seconds is not null
    and destination_seconds is not null
    and last_mile_seconds is not null as has_all_stages,
    has_exception,
    is_signed_at_pickup_point,
    coalesce(picked_up_at < clock_started_at, false)
    or coalesce(departed_at < greatest(clock_started_at, picked_up_at), false)
    or coalesce(arrived_at < greatest(clock_started_at, picked_up_at, departed_at), false)
    or coalesce(
        out_for_delivery_at < greatest(clock_started_at, picked_up_at, departed_at, arrived_at), false
    )
    or coalesce(
        handed_over_at < greatest(clock_started_at, picked_up_at, departed_at, arrived_at, out_for_delivery_at), false
    ) as has_impossible_times,
    is_registered,
    registered_at,
    placed_at,
    paid_at,
    clock_started_at,
    consigned_at,
    picked_up_at,
    departed_at,
    arrived_at,
    out_for_delivery_at,
    attempt_failed_at,
    first_attempt_at,
    available_for_pickup_at,
    delivered_at,
    handed_over_at,
    returning_at,
    returned_at,
    lost_at,
    cancelled_at,
    forwarded_at,
    overdue_at,
    pickup_point_id,
    first_event_at,
    last_event_at,
    promised_ship_at,
    promised_delivery_at
from staged
