{{ config(
    materialized='cells',
    meta={'cell_date': 'calendar_date', 'cell_keys': [
        'provider_id', 'platform_id', 'courier_id', 'currency', 'date_basis', 'tier_fixed', 'channel', 'service',
    ], 'ages': {
        'fct_waybills': [('promised_delivery_at', 0), ('promised_ship_at', 0), ('consigned_at', 24 * 3600)],
    }}
) }}
{% set bases = ['paid', 'picked_up', 'delivered'] %}
{% set stages = ['handling', 'origin', 'linehaul', 'destination', 'last_mile', 'pickup_wait'] %}
{% set durations = ['end_to_end', 'order_to_delivery', 'handling'] %}

with waybills as (
    select * from {{ rows_of('fct_waybills') }}
),

providers as (
    select * from {{ rows_of('dim_providers') }}
),

cohorts as (
    select
        *,
        {{ is_in_delivery_cohort() }} as is_in_cohort
    from waybills
    where purpose = 'sale'
),

-- A parcel that left its cohort keeps its row, to be counted beside it, and none of its measures.
measured as (
    select
        cohorts.provider_id,
        cohorts.platform_id,
        cohorts.courier_id,
        cohorts.currency,
        cohorts.channel,
        cohorts.service,
        cohorts.tier_fixed,
        {% for duration in durations %}
        case when is_in_cohort then {{ duration }}_seconds end as {{ duration }}_seconds,
        case when is_in_cohort then {{ hour_bucket(duration ~ '_seconds') }} end as {{ duration }}_bucket,
        {% endfor %}
        {% for stage in stages %}
        case when is_in_cohort and has_all_stages then {{ stage }}_seconds end as {{ stage }}_stage_seconds,
        {% endfor %}
        is_in_cohort,
        is_in_cohort and ({{ has_started_end_to_end() }}) as has_started_end_to_end,
        is_in_cohort and ({{ has_started_order_to_delivery() }}) as has_started_order_to_delivery,
        is_in_cohort and ({{ has_started_handling() }}) as has_started_handling,
        is_in_cohort and is_handed_over as is_finished,
        is_in_cohort and is_delivered as is_delivered,
        is_in_cohort and is_lost and not is_handed_over as is_lost,
        is_in_cohort and has_all_stages as has_all_stages,
        is_in_cohort and promised_delivery_at is not null as has_promise,
        is_in_cohort and {{ is_of_age('promised_delivery_at', 0) }} as is_promise_due,
        is_in_cohort and {{ is_of_age('promised_delivery_at', 0) }} and is_on_time as is_on_time,
        is_in_cohort and first_attempt_at is not null as is_attempted,
        is_in_cohort and is_first_attempt_successful as is_first_attempt_successful,
        is_in_cohort and is_handed_over and is_pickup_point as is_pickup_point,
        is_in_cohort and is_handed_over and has_exception as has_exception,
        is_in_cohort and promised_ship_at is not null as has_ship_promise,
        is_in_cohort and {{ is_of_age('promised_ship_at', 0) }} as is_ship_promise_due,
        is_in_cohort
        and {{ is_of_age('promised_ship_at', 0) }}
        and consigned_at <= promised_ship_at as is_shipped_on_time,
        is_in_cohort and {{ is_of_age('consigned_at', 24 * 3600) }} as is_consigned_for_24h,
        is_in_cohort
        and {{ is_of_age('consigned_at', 24 * 3600) }}
        and {{ seconds_between('consigned_at', 'picked_up_at') }} <= {{ 24 * 3600 }} as is_scanned_within_24h,
        not is_in_cohort and is_returned as has_returned,
        not is_in_cohort and is_cancelled as has_been_cancelled,
        not is_in_cohort and is_forwarded as has_been_forwarded,
        paid_date,
        picked_up_date,
        delivered_date
    from cohorts
    left join providers
        on cohorts.provider_id = providers.provider_id
),

dated as (
    {% for basis in bases %}
    select
        *,
        '{{ basis }}' as date_basis,
        {{ basis }}_date as calendar_date
    from measured
    where {{ basis }}_date is not null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

cells as (
    select
        provider_id,
        platform_id,
        courier_id,
        currency,
        date_basis,
        tier_fixed,
        channel,
        service,
        calendar_date,
        count(*) filter (where is_in_cohort) as waybill_count,
        count(*) filter (where is_finished) as finished_count,
        count(*) filter (where is_delivered) as delivered_count,
        count(*) filter (where is_lost) as lost_count,
        count(*) filter (where has_returned) as returned_count,
        count(*) filter (where has_been_cancelled) as cancelled_count,
        count(*) filter (where has_been_forwarded) as forwarded_count,
        {% for hours in [24, 48, 72] %}
        count(*) filter (where end_to_end_seconds <= {{ hours * 3600 }}) as within_{{ hours }}h_count,
        {% endfor %}
        count(*) filter (where has_promise) as promise_count,
        count(*) filter (where is_promise_due) as promise_due_count,
        count(*) filter (where is_on_time) as on_time_count,
        count(*) filter (where is_attempted) as attempted_count,
        count(*) filter (where is_first_attempt_successful) as first_attempt_success_count,
        count(*) filter (where is_pickup_point) as pickup_point_count,
        count(*) filter (where has_exception) as exception_count,
        count(*) filter (where has_ship_promise) as ship_promise_count,
        count(*) filter (where is_ship_promise_due) as ship_promise_due_count,
        count(*) filter (where is_shipped_on_time) as shipped_on_time_count,
        count(*) filter (where is_consigned_for_24h) as consigned_count,
        count(*) filter (where is_scanned_within_24h) as first_scan_within_24h_count,
        {% for stage in stages %}
        sum({{ stage }}_stage_seconds) as {{ stage }}_stage_seconds,
        {% endfor %}
        {% for duration in durations %}
        count(*) filter (where has_started_{{ duration }}) as {{ duration }}_started_count,
        count({{ duration }}_seconds) as {{ duration }}_count,
        sum({{ duration }}_seconds) as {{ duration }}_seconds,
        {{ bucket_counts(duration ~ '_bucket') }} as {{ duration }}_counts,
        {% endfor %}
        count(*) filter (where has_all_stages) as all_stages_count
    from dated
    group by
        provider_id, platform_id, courier_id, currency, date_basis, tier_fixed, channel, service, calendar_date
)

select
    provider_id,
    platform_id,
    courier_id,
    currency,
    date_basis,
    tier_fixed,
    channel,
    service,
    waybill_count,
    finished_count,
    waybill_count - finished_count - lost_count as open_count,
    delivered_count,
    lost_count,
    returned_count,
    cancelled_count,
    forwarded_count,
    within_24h_count,
    within_48h_count,
    within_72h_count,
    promise_count,
    promise_due_count,
    on_time_count,
    attempted_count,
    first_attempt_success_count,
    pickup_point_count,
    exception_count,
    ship_promise_count,
    ship_promise_due_count,
    shipped_on_time_count,
    consigned_count,
    first_scan_within_24h_count,
    all_stages_count,
    {% for stage in stages %}
    {{ total_count('coalesce(' ~ stage ~ '_stage_seconds, 0)') }} as {{ stage }}_stage_seconds,
    {% endfor %}
    {% for duration in durations %}
    {{ duration }}_started_count,
    {{ duration }}_count,
    {{ total_count('coalesce(' ~ duration ~ '_seconds, 0)') }} as {{ duration }}_seconds,
    {{ hour_histogram(duration ~ '_counts') }} as {{ duration }}_histogram,
    {% endfor %}
    calendar_date
from cells
