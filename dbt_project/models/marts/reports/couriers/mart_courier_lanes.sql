{{ config(
    materialized='cells',
    meta={'cell_date': 'month_date', 'cell_keys': [
        'platform_id', 'courier_id', 'origin_province_id', 'destination_province_id', 'currency',
    ]}
) }}
-- What each courier carries between provinces, for how much and how far. Waybills of every purpose, at their pickup;
-- a parcel's paid GMV stands at its own pickup and lane. Not one table with mart_merchant_couriers: by lane and
-- merchant at once nearly every parcel is a cell of its own (0.95 cells per parcel of the simulated market).
with waybills as (
    select
        waybill_id,
        platform_id,
        courier_id,
        currency,
        origin_adcode,
        origin_province_id,
        destination_adcode,
        destination_province_id,
        freight_cost_amount,
        picked_up_date
    from {{ rows_of('fct_waybills') }}
    where picked_up_date is not null
),

waybill_orders as (
    select
        waybill_id,
        gmv_paid
    from {{ rows_of('fct_waybill_orders') }}
),

cities as (
    select * from {{ ref('dim_cities') }}
),

provinces as (
    select * from {{ ref('dim_provinces') }}
),

-- Hong Kong, Macao and Taiwan are no other country for a Chinese courier.
places as (
    select
        adcode as place_id,
        case when country_code in ('HK', 'MO', 'TW') then 'CN' else country_code end as country_code,
        longitude,
        latitude
    from cities
    union all
    select
        provinces.province_id as place_id,
        case
            when provinces.country_code in ('HK', 'MO', 'TW') then 'CN'
            else provinces.country_code
        end as country_code,
        provinces.longitude,
        provinces.latitude
    from provinces
    left join cities
        on provinces.province_id = cities.adcode
    where cities.adcode is null
),

carried as (
    select
        platform_id,
        courier_id,
        currency,
        origin_adcode,
        origin_province_id,
        destination_adcode,
        destination_province_id,
        {{ dbt.date_trunc('month', 'picked_up_date') }} as month_date,
        count(*) as waybill_count,
        count(freight_cost_amount) as freight_known_count,
        sum(freight_cost_amount) as freight_cost_amount,
        {{ total_amount('null') }} as gmv_paid
    from waybills
    group by
        platform_id, courier_id, currency, origin_adcode, origin_province_id, destination_adcode,
        destination_province_id, {{ dbt.date_trunc('month', 'picked_up_date') }}
),

paid as (
    select
        waybills.platform_id,
        waybills.courier_id,
        waybills.currency,
        waybills.origin_adcode,
        waybills.origin_province_id,
        waybills.destination_adcode,
        waybills.destination_province_id,
        {{ dbt.date_trunc('month', 'waybills.picked_up_date') }} as month_date,
        0 as waybill_count,
        0 as freight_known_count,
        null as freight_cost_amount,
        sum(waybill_orders.gmv_paid) as gmv_paid
    from waybill_orders
    inner join waybills
        on waybill_orders.waybill_id = waybills.waybill_id
    where waybill_orders.gmv_paid <> 0
    group by
        waybills.platform_id, waybills.courier_id, waybills.currency, waybills.origin_adcode,
        waybills.origin_province_id, waybills.destination_adcode, waybills.destination_province_id,
        {{ dbt.date_trunc('month', 'waybills.picked_up_date') }}
),

dated as (
    select * from carried
    union all
    select * from paid
),

-- Each end is its city where known, else its province; within one place there is no distance to pay for, and what
-- another country's carriers are paid is not known.
measured as (
    select
        dated.*,
        case
            when coalesce(origins.country_code, '') = coalesce(destinations.country_code, '')
                then {{ kilometres_between('origins', 'destinations') }}
        end as kilometres
    from dated
    left join places as origins
        on coalesce(dated.origin_adcode, dated.origin_province_id) = origins.place_id
    left join places as destinations
        on coalesce(dated.destination_adcode, dated.destination_province_id) = destinations.place_id
),

priced as (
    select
        *,
        case when kilometres > 0 then freight_known_count end as freight_over_distance_count,
        case when kilometres > 0 then freight_known_count * kilometres end as freight_kilometres,
        case when kilometres > 0 then freight_cost_amount end as freight_over_distance_amount
    from measured
)

select
    platform_id,
    courier_id,
    origin_province_id,
    destination_province_id,
    currency,
    {{ total_count('sum(waybill_count)') }} as waybill_count,
    {{ total_amount('coalesce(sum(gmv_paid), 0)') }} as gmv_paid,
    {{ total_count('sum(freight_known_count)') }} as freight_known_count,
    {{ total_amount('coalesce(sum(freight_cost_amount), 0)') }} as freight_cost_amount,
    {{ total_count('coalesce(sum(freight_over_distance_count), 0)') }} as freight_over_distance_count,
    {{ total_count('coalesce(sum(freight_kilometres), 0)') }} as freight_kilometres,
    {{ total_amount('coalesce(sum(freight_over_distance_amount), 0)') }} as freight_over_distance_amount,
    cast(month_date as date) as month_date
from priced
group by platform_id, courier_id, origin_province_id, destination_province_id, currency, month_date
