-- One pass over the scans. Every aggregate but the counts is a first, a last or a set: repeats cannot change it.
{% set went_wrong -%}
    milestone in ('exception', 'delivery_attempt_failed', 'pickup_failed', 'lost', 'expired')
    or (milestone = 'customs' and reason in ('held', 'failed'))
{%- endset %}
with events as (
    select * from {{ ref('int_waybill_events_classified') }}
    where is_retracted is not true
)

select
    waybill_id,
    provider_id,
    count(*) as event_count,
    coalesce(bool_or(milestone = 'exception'), false) as has_exception,
    coalesce(bool_or(milestone = 'delivered' and reason = 'pickup_point'), false) as is_signed_at_pickup_point,
    min(occurred_at) as first_event_at,
    max(occurred_at) as last_event_at,
    min(occurred_at) filter (where milestone = 'created') as created_at,
    min(occurred_at) filter (where milestone = 'consigned') as consigned_at,
    min(occurred_at) filter (where milestone = 'picked_up') as picked_up_at,
    min(occurred_at) filter (where milestone = 'departed') as departed_at,
    min(occurred_at) filter (where milestone = 'out_for_delivery') as out_for_delivery_at,
    min(occurred_at) filter (where milestone = 'delivery_attempt_failed') as attempt_failed_at,
    min(occurred_at) filter (where milestone = 'available_for_pickup') as available_for_pickup_at,
    min(occurred_at) filter (where milestone = 'delivered') as signed_at,
    min(occurred_at) filter (where milestone = 'returning') as returning_at,
    min(occurred_at) filter (where milestone = 'returned') as return_signed_at,
    min(occurred_at) filter (where milestone in ('lost', 'expired')) as lost_at,
    min(occurred_at) filter (where milestone = 'cancelled') as cancelled_at,
    min(occurred_at) filter (where milestone = 'forwarded') as forwarded_at,
    min(occurred_at)
    filter (where reason = 'overdue' and milestone in ('available_for_pickup', 'info')) as overdue_at,
    min({{ struct_of({'occurred_at': 'occurred_at', 'code': 'pickup_point_code'}) }})
    filter (where pickup_point_code is not null) as pickup_point,
    array_agg({{ struct_of({'occurred_at': 'occurred_at', 'place_id': 'place_id', 'has_place': 'has_place'}) }})
    filter (where milestone = 'arrived') as arrivals,
    array_agg(occurred_at) filter (where milestone = 'delivered') as signatures,
    array_agg({{ struct_of({
        'occurred_at': 'occurred_at', 'reason': 'reason', 'country_code': scan_country(),
        'side': customs_side('event_code', 'event_text'), 'is_said': "milestone = 'customs'"
    }) }}) filter (where milestone = 'customs' or event_code in ('inspecting', 'holding')) as customs_scans,
    -- EPCIS tells of no parcel where it comes from and goes to, but of places.
    min({{ struct_of({'occurred_at': 'occurred_at', 'country_code': scan_country()}) }})
    filter (where provider_id = 'epcis' and coalesce(province_id, place_id) is not null) as first_place,
    min({{ struct_of({'occurred_at': 'occurred_at', 'country_code': scan_country()}) }})
    filter (
        where provider_id = 'epcis' and milestone = 'delivered' and coalesce(province_id, place_id) is not null
    ) as delivered_place,
    -- Of those in China, which most scans are, none leaves a hub abroad.
    array_agg(occurred_at) filter (where milestone = 'departed' and province_id like '%-%') as departures_abroad,
    count(*) filter (where {{ went_wrong }}) as exception_scan_count,
    min({{ struct_of({
        'occurred_at': 'occurred_at', 'milestone': 'milestone', 'reason': "coalesce(reason, 'unspecified')"
    }) }}) filter (where {{ went_wrong }}) as first_exception,
    max(_load_id) as _load_id
from events
group by waybill_id, provider_id
