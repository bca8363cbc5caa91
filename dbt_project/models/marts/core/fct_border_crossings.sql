{{ config(
    materialized='incremental', incremental_strategy='replace_touched',
    meta={
        'number': 'waybill_number', 'kind': 'waybill',
        'date': (
            '(select max(coalesce(waybills.registered_date, waybills.first_event_date))'
            ~ ' from core.fct_waybills as waybills where waybills.waybill_id = made.waybill_id)'
        ),
    }
) }}
{{ after('fct_waybills') -}}
with waybills as (
    select * from {{ ref('int_waybills_timed') }}
),

tracked as (
    select * from {{ ref('int_waybills_tracked') }}
),

registered as (
    select * from {{ ref('int_waybills_resolved') }}
),

customs_scans as (
    select * from {{ ref('int_customs_scans_sided') }}
),

provinces as (
    select * from {{ ref('provinces') }}
),

city_zones as (
    select * from {{ ref('stg_world_cities') }}
),

-- Of a country in one zone the day is known without a city.
country_zones as (
    select
        country_code,
        min(time_zone) as time_zone
    from city_zones
    group by country_code
    having min(time_zone) = max(time_zone)
),

customs as (
    select
        waybill_id,
        min(occurred_at) filter (where side = 'export' and reason = 'start') as export_started_at,
        max(occurred_at) filter (where side = 'export' and reason = 'cleared') as export_cleared_at,
        min(occurred_at) filter (where side = 'export' and reason = 'failed') as export_failed_at,
        min(occurred_at) filter (where side = 'import') as import_first_at,
        min(occurred_at) filter (where side = 'import' and reason = 'start') as import_started_at,
        max(occurred_at) filter (where side = 'import' and reason = 'cleared') as import_cleared_at,
        min(occurred_at) filter (where side = 'import' and reason in ('held', 'inspecting')) as import_held_at,
        min(occurred_at) filter (where side = 'import' and reason = 'failed') as import_failed_at
    from customs_scans
    group by waybill_id
),

-- Whoever carries it on abroad under a number of their own; where several did, the last.
last_miles as (
    select
        parent_waybill_id as waybill_id,
        max({{ struct_of({
            'first_event_at': 'first_event_at', 'waybill_id': 'waybill_id', 'courier_id': 'courier_id',
            'first_attempt_at': 'first_attempt_at'
        }) }}) as last_mile
    from waybills
    where parent_waybill_id is not null and purpose = 'sale'
    group by parent_waybill_id
),

crossed as (
    select
        waybills.waybill_id,
        waybills.provider_id,
        waybills.platform_id,
        waybills.courier_id,
        waybills.merchant_id,
        waybills.waybill_number,
        waybills.origin_province_id,
        waybills.destination_province_id,
        coalesce(waybills.destination_country_code, tracked.delivered_country_code) as destination_country_code,
        coalesce(
            registered.origin_country_code,
            origin_provinces.country_code,
            case when waybills.origin_province_id like '%-%' then split_part(waybills.origin_province_id, '-', 1) end,
            tracked.first_country_code
        ) as origin_country_code,
        registered.hub_code,
        lower(registered.entry_channel_code) as entry_channel,
        lower(registered.seller_scheme_code) as seller_scheme,
        {{ list_distinct(list_of('registered.tariff_headings', "substr(replace(item, '.', ''), 1, 6)")) }}
            as subheadings,
        registered.declared_currency,
        registered.declared_amount,
        case
            when registered.currency = registered.declared_currency then registered.freight_cost_amount
        end as freight_amount,
        registered.promised_day_count,
        registered.promised_day_kind_code,
        coalesce(
            city_zones.time_zone,
            country_zones.time_zone,
            case
                when
                    coalesce(waybills.destination_country_code, tracked.delivered_country_code)
                    in ('CN', 'HK', 'MO', 'TW')
                    then 'Asia/Shanghai'
            end
        ) as destination_time_zone,
        last_miles.last_mile.waybill_id as last_mile_waybill_id,
        last_miles.last_mile.courier_id as last_mile_courier_id,
        waybills.picked_up_at,
        coalesce(waybills.first_attempt_at, last_miles.last_mile.first_attempt_at) as first_attempt_at,
        {{ list_min(list_where(
            list_of('tracked.arrivals', 'item.occurred_at'),
            'item >= customs.export_cleared_at and (customs.import_first_at is null or item <= customs.import_first_at)'
        )) }} as hub_arrived_at,
        {{ list_min(list_where(
            'tracked.departures_abroad',
            'item >= customs.export_cleared_at and (customs.import_first_at is null or item <= customs.import_first_at)'
        )) }} as hub_left_at,
        customs.export_started_at,
        customs.export_cleared_at,
        customs.export_failed_at,
        customs.import_first_at,
        customs.import_started_at,
        customs.import_cleared_at,
        customs.import_held_at,
        customs.import_failed_at
    from waybills
    left join customs
        on waybills.waybill_id = customs.waybill_id
    left join registered
        on waybills.waybill_id = registered.waybill_id
    left join tracked
        on waybills.waybill_id = tracked.waybill_id
    left join last_miles
        on waybills.waybill_id = last_miles.waybill_id
    left join provinces as origin_provinces
        on waybills.origin_province_id = origin_provinces.province_id
    left join city_zones
        on waybills.destination_adcode = city_zones.adcode
    left join country_zones
        on coalesce(waybills.destination_country_code, tracked.delivered_country_code) = country_zones.country_code
    where
        customs.waybill_id is not null
        or registered.declared_amount is not null
        or registered.hub_code is not null
        or registered.entry_channel_code is not null
)

select
    waybill_id,
    provider_id,
    platform_id,
    courier_id,
    merchant_id,
    last_mile_waybill_id,
    last_mile_courier_id,
    waybill_number,
    origin_country_code,
    origin_province_id,
    destination_country_code,
    destination_province_id,
    hub_code,
    entry_channel,
    seller_scheme,
    case when {{ list_length('subheadings') }} = 1 then {{ list_min('subheadings') }} end as tariff_subheading,
    declared_currency,
    promised_day_kind_code,
    declared_amount,
    freight_amount,
    promised_day_count,
    {{ list_length('subheadings') }} as subheading_count,
    {{ seconds_if_in_order('picked_up_at', 'export_started_at') }} as domestic_seconds,
    {{ seconds_if_in_order('export_started_at', 'export_cleared_at') }} as export_seconds,
    {{ seconds_if_in_order('export_cleared_at', 'import_started_at') }} as crossing_seconds,
    {{ seconds_if_in_order('hub_arrived_at', 'hub_left_at') }} as hub_seconds,
    {{ seconds_if_in_order('import_started_at', 'import_cleared_at') }} as import_seconds,
    {{ seconds_if_in_order('import_cleared_at', 'first_attempt_at') }} as abroad_seconds,
    {{ seconds_if_in_order('picked_up_at', 'first_attempt_at') }} as door_seconds,
    case
        when import_first_at is not null
            then coalesce(import_held_at <= coalesce(import_cleared_at, import_failed_at, import_held_at), false)
    end as is_held,
    case
        when import_first_at is not null
            then
                import_failed_at is not null
                or coalesce(import_held_at <= coalesce(import_cleared_at, import_held_at), false)
    end as is_inspection_seen,
    case
        when import_first_at is not null
            then import_failed_at is not null and coalesce(import_cleared_at < import_failed_at, true)
    end as is_refused,
    {{ local_date('import_first_at', 'destination_time_zone') }} as entry_date,
    {{ local_date('first_attempt_at', 'destination_time_zone') }} as attempt_date,
    picked_up_at,
    export_started_at,
    export_cleared_at,
    export_failed_at,
    hub_arrived_at,
    hub_left_at,
    import_started_at,
    import_held_at,
    import_cleared_at,
    import_failed_at,
    first_attempt_at
from crossed
