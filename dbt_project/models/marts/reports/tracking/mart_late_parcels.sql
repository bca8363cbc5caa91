-- What a platform may fine a merchant for, parcel by parcel: the rows behind the rates of `mart_merchant_time` and the
-- on-time share. A parcel that was late in two ways has two rows.
with waybills as (
    select * from {{ ref('fct_waybills') }}
    where purpose = 'sale' and merchant_id is not null and {{ is_in_delivery_cohort() }}
),

providers as (
    select * from {{ ref('dim_providers') }}
),

platforms as (
    select * from {{ ref('dim_platforms') }}
),

dated as (
    select
        waybills.*,
        providers.as_of_at,
        coalesce(platforms.time_zone, providers.time_zone) as time_zone,
        {{ seconds_between('waybills.consigned_at', 'providers.as_of_at') }} as consigned_for_seconds,
        {{ seconds_between('waybills.consigned_at', 'coalesce(waybills.picked_up_at, providers.as_of_at)') }}
            as unscanned_seconds
    from waybills
    inner join providers
        on waybills.provider_id = providers.provider_id
    left join platforms
        on waybills.platform_id = platforms.platform_id
),

late as (
    select
        *,
        'dispatch' as lateness,
        promised_ship_at as due_at,
        {{ seconds_between('promised_ship_at', 'coalesce(consigned_at, as_of_at)') }} as late_seconds
    from dated
    where
        paid_date is not null
        and promised_ship_at <= as_of_at
        and coalesce(consigned_at > promised_ship_at, true)
    union all
    select
        *,
        'first_scan' as lateness,
        consigned_at as due_at,
        unscanned_seconds - {{ 24 * 3600 }} as late_seconds
    from dated
    where
        paid_date is not null
        and consigned_for_seconds >= {{ 24 * 3600 }}
        and (picked_up_at is null or unscanned_seconds > {{ 24 * 3600 }})
    union all
    select
        *,
        'delivery' as lateness,
        promised_delivery_at as due_at,
        {{ seconds_between('promised_delivery_at', 'coalesce(first_attempt_at, as_of_at)') }} as late_seconds
    from dated
    where promised_delivery_at <= as_of_at and not coalesce(is_on_time, false)
),

waybill_orders as (
    select * from {{ ref('fct_waybill_orders') }}
),

orders as (
    select * from {{ ref('fct_orders') }}
),

order_numbers as (
    {{ order_numbers_of('late') }}
)

select
    late.waybill_id,
    late.platform_id,
    late.courier_id,
    late.merchant_id,
    late.origin_province_id,
    late.destination_province_id,
    late.waybill_number,
    order_numbers.order_numbers,
    late.lateness,
    late.status,
    cast(late.late_seconds as double) / 3600 as late_hours,
    {{ local_date('late.due_at', 'late.time_zone') }} as due_date,
    late.paid_at,
    late.promised_ship_at,
    late.consigned_at,
    late.picked_up_at,
    late.first_attempt_at,
    late.last_event_at,
    late.promised_delivery_at
from late
left join order_numbers
    on late.waybill_id = order_numbers.waybill_id
