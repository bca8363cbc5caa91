-- Exactly, and not because there are none: where scans could make every stage, some waybill has them all.
with waybills as (
    select * from {{ tested_rows('fct_waybills') }}
),

broken as (
    select waybill_id
    from waybills
    where
        has_all_stages
        and (
            handling_seconds + end_to_end_seconds
            <> handling_seconds + origin_seconds + linehaul_seconds + destination_seconds + last_mile_seconds
            or (
                delivered_at >= handed_over_at
                and handling_seconds + end_to_end_seconds + coalesce(pickup_wait_seconds, 0)
                <> order_to_delivery_seconds
            )
        )
),

vacuous as (
    select 'no waybill has all stages' as waybill_id
    from waybills
    where purpose = 'sale'
    having
        count(*) filter (where has_all_stages) = 0
        and count(*) filter (
            where
            clock_started_at <= picked_up_at
            and picked_up_at <= departed_at
            and departed_at < out_for_delivery_at
            and out_for_delivery_at <= handed_over_at
        ) > 100
)

select waybill_id from broken
union all
select waybill_id from vacuous
