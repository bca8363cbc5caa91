{#- The months that are told, back from the as-of time. -#}
{% set months = 13 %}
{#- Where a parcel counts: figure → its date, whether it counts, what is met, whether that is known. -#}
{% set figures = {
    'end_to_end': (
        'picked_up_date', has_started_end_to_end(), 'end_to_end_seconds <= ' ~ 72 * 3600,
        'end_to_end_seconds is not null or is_lost'
    ),
    'on_time': (
        'picked_up_date', 'promised_delivery_at is not null', 'is_on_time', 'promised_delivery_at <= as_of_at'
    ),
    'shipped_on_time': (
        'paid_date', 'promised_ship_at is not null', 'consigned_at <= promised_ship_at', 'promised_ship_at <= as_of_at'
    ),
    'first_scan': (
        'paid_date', 'consigned_at is not null',
        seconds_between('consigned_at', 'picked_up_at') ~ ' <= ' ~ 24 * 3600,
        seconds_between('consigned_at', 'as_of_at') ~ ' >= ' ~ 24 * 3600
    ),
} %}
{#- What is told of couriers and lanes is their part; the merchants' is told of the platform alone. -#}
{% set breakdowns = {
    'platform': ("''", "''", "''", figures),
    'courier': ('courier_id', "''", "''", ['end_to_end', 'on_time']),
    'lane': ("''", 'origin_province_id', 'destination_province_id', ['end_to_end', 'on_time']),
} %}
-- The market beside a merchant's own figures: one table for whoever asks, so that two who compare theirs learn nothing.
-- Rounded, and without counts but for how many there are at least: what came between two builds cannot be worked out.
with waybills as (
    select * from {{ ref('fct_waybills') }}
    where purpose = 'sale' and merchant_id is not null and platform_id is not null and {{ is_in_delivery_cohort() }}
),

waybill_orders as (
    select * from {{ ref('fct_waybill_orders') }}
),

orders as (
    select * from {{ ref('fct_orders') }}
),

providers as (
    select
        *,
        {{ local_date('as_of_at', 'time_zone') }} as as_of_date
    from {{ ref('dim_providers') }}
),

-- A parcel of several consumers counts for one: fewer hide more.
consumers as (
    select
        waybill_orders.waybill_id,
        min(orders.consumer_id) as consumer_id
    from waybill_orders
    inner join orders
        on waybill_orders.order_id = orders.order_id
    group by waybill_orders.waybill_id
),

dated as (
    select
        waybills.*,
        consumers.consumer_id,
        providers.as_of_at,
        {{ month_number('providers.as_of_date') }} as as_of_month_number
    from waybills
    inner join providers
        on waybills.provider_id = providers.provider_id
    left join consumers
        on waybills.waybill_id = consumers.waybill_id
),

counted as (
    {% for figure, (date, counts, is_met, is_known) in figures.items() %}
    select
        '{{ figure }}' as figure,
        platform_id,
        courier_id,
        merchant_id,
        origin_province_id,
        destination_province_id,
        consumer_id,
        end_to_end_seconds,
        coalesce({{ is_met }}, false) as is_met,
        coalesce({{ is_known }}, false) as is_known,
        cast({{ dbt.date_trunc('month', date) }} as date) as month_date
    from dated
    where
        as_of_month_number - {{ month_number(date) }} between 1 and {{ months }}
        and ({{ counts }})
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

-- A month is told when it is over for good: all promises are due, and hardly a parcel is on its way.
mature as (
    select
        figure,
        platform_id,
        month_date
    from counted
    group by figure, platform_id, month_date
    having
        count(*) filter (where not is_known) * 100
        <= count(*) * case when figure = 'end_to_end' then 1 else 0 end
),

-- Parcels of an unknown courier or place are in no cell, but among what is hidden.
parcels as (
    {% for breakdown, (courier, origin, destination, of) in breakdowns.items() %}
    select
        counted.figure,
        '{{ breakdown }}' as breakdown,
        counted.platform_id,
        {{ courier }} as courier_id,
        {{ origin }} as origin_province_id,
        {{ destination }} as destination_province_id,
        counted.merchant_id,
        counted.consumer_id,
        counted.end_to_end_seconds,
        counted.is_met,
        counted.month_date
    from counted
    inner join mature
        on
            counted.figure = mature.figure
            and counted.platform_id = mature.platform_id
            and counted.month_date = mature.month_date
    where counted.figure in ('{{ of | join("', '") }}')
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

shown as (
    {{ shown_cells(
        'parcels',
        ['figure', 'breakdown', 'platform_id', 'month_date'],
        ['courier_id', 'origin_province_id', 'destination_province_id'],
    ) }}
),

told as (
    select
        parcels.figure,
        parcels.breakdown,
        parcels.platform_id,
        parcels.courier_id,
        parcels.origin_province_id,
        parcels.destination_province_id,
        parcels.month_date,
        max(shown.waybill_count) as waybill_count,
        max(shown.merchant_count) as merchant_count,
        percentile_disc(0.5) within group (
            order by coalesce(parcels.end_to_end_seconds, {{ 10000 * 3600 }})
        ) as median_seconds,
        cast(count(*) filter (where parcels.is_met) as double) / count(*) as met_share
    from parcels
    inner join shown
        on
            parcels.figure = shown.figure
            and parcels.breakdown = shown.breakdown
            and parcels.platform_id = shown.platform_id
            and parcels.courier_id = shown.courier_id
            and parcels.origin_province_id = shown.origin_province_id
            and parcels.destination_province_id = shown.destination_province_id
            and parcels.month_date = shown.month_date
    group by
        parcels.figure, parcels.breakdown, parcels.platform_id, parcels.courier_id, parcels.origin_province_id,
        parcels.destination_province_id, parcels.month_date
)

select
    platform_id,
    nullif(courier_id, '') as courier_id,
    nullif(origin_province_id, '') as origin_province_id,
    nullif(destination_province_id, '') as destination_province_id,
    breakdown,
    cast(min(merchant_count) as bigint) as benchmark_merchant_count,
    cast(
        min(case
            {% for least in [10000, 3000, 1000, 300, 100] -%}
            when waybill_count >= {{ least }} then {{ least }}
            {% endfor -%}
            else 30
        end) as bigint
    ) as benchmark_waybill_floor,
    max(case
        when figure = 'end_to_end' and median_seconds < {{ 10000 * 3600 }}
            then round(cast(median_seconds as double) / 3600, 1)
    end) as market_median_end_to_end_hours,
    max(case when figure = 'end_to_end' then round(met_share, 3) end) as market_within_72h_share,
    max(case when figure = 'on_time' then round(met_share, 3) end) as market_on_time_share,
    max(case when figure = 'shipped_on_time' then round(met_share, 3) end) as market_shipped_on_time_share,
    max(case when figure = 'first_scan' then round(met_share, 3) end) as market_first_scan_within_24h_share,
    month_date
from told
group by platform_id, courier_id, origin_province_id, destination_province_id, breakdown, month_date
