-- Where several providers send scans of one waybill, the one that the seed ranks first supplies the milestones.
-- After returning, a signature is a return and a pickup point is the merchant's.
with milestones as (
    select * from {{ ref('int_waybill_events_aggregated') }}
),

sent_by_several as (
    select waybill_id
    from {{ ref('int_waybill_events_aggregated') }}
    group by waybill_id
    having count(*) > 1
),

candidates as (
    select
        waybill_id,
        provider_id
    from {{ ref('int_waybill_events_aggregated') }}
),

providers as (
    select * from {{ ref('providers') }}
),

ranked as (
    select
        candidates.waybill_id,
        candidates.provider_id,
        row_number() over (
            partition by candidates.waybill_id
            order by providers.precedence nulls last, candidates.provider_id
        ) as provider_rank
    from candidates
    inner join sent_by_several
        on candidates.waybill_id = sent_by_several.waybill_id
    left join providers
        on candidates.provider_id = providers.provider_id
)

select
    milestones.waybill_id,
    milestones.provider_id,
    milestones.event_count,
    milestones.has_exception,
    milestones.exception_scan_count,
    milestones.first_exception,
    milestones.is_signed_at_pickup_point,
    milestones.first_event_at,
    milestones.last_event_at,
    milestones.created_at,
    milestones.consigned_at,
    milestones.picked_up_at,
    milestones.departed_at,
    milestones.out_for_delivery_at,
    milestones.attempt_failed_at,
    case
        when milestones.returning_at is null or milestones.available_for_pickup_at <= milestones.returning_at
            then milestones.available_for_pickup_at
    end as available_for_pickup_at,
    case
        when milestones.returning_at is null or milestones.signed_at <= milestones.returning_at
            then milestones.signed_at
    end as delivered_at,
    milestones.returning_at,
    coalesce(
        least(
            milestones.return_signed_at,
            {{ list_min(list_where('milestones.signatures', 'item > milestones.returning_at')) }}
        ),
        case when milestones.signed_at <= milestones.returning_at then milestones.returning_at end
    ) as returned_at,
    milestones.lost_at,
    milestones.cancelled_at,
    milestones.forwarded_at,
    milestones.overdue_at,
    milestones.provider_id || ':' || milestones.pickup_point.code as pickup_point_id,
    milestones.arrivals,
    milestones.customs_scans,
    milestones.first_place.country_code as first_country_code,
    milestones.delivered_place.country_code as delivered_country_code,
    milestones.departures_abroad,
    milestones._load_id
from milestones
left join ranked
    on
        milestones.waybill_id = ranked.waybill_id
        and milestones.provider_id = ranked.provider_id
where coalesce(ranked.provider_rank, 1) = 1
