-- Made anew by every build, as fct_waybill_prices is; without cards nothing is read.
with cards as (
    {{ ranked_cards() }}
),

newest as (
    select max({{ local_date('as_of_at', 'time_zone') }}) as newest_date
    from {{ ref('dim_providers') }}
),

waybills as (
    select
        waybills.merchant_id,
        waybills.courier_id,
        waybills.origin_adcode,
        waybills.origin_province_id,
        waybills.destination_adcode,
        waybills.destination_province_id,
        waybills.currency,
        {{ divide_whole('(waybills.weight_grams + 999)', 1000) }} as kilogram_count,
        newest.newest_date as priced_date
    from {{ ref('fct_waybills') }} as waybills
    cross join newest
    where
        waybills.purpose = 'sale'
        and waybills.merchant_id is not null
        and waybills.weight_grams > 0
        and {{ dbt.datediff('waybills.registered_date', 'newest.newest_date', 'day') }} <= 100
),

shipments as (
    select
        merchant_id,
        origin_adcode,
        origin_province_id,
        destination_adcode,
        destination_province_id,
        currency,
        kilogram_count,
        priced_date,
        count(*) as parcel_count
    from waybills
    group by
        merchant_id, origin_adcode, origin_province_id, destination_adcode, destination_province_id, currency,
        kilogram_count, priced_date
),

-- A merchant may use the couriers that it uses and those with which it has a card of its own.
used as (
    select
        merchant_id,
        courier_id,
        false as has_own_card
    from waybills
    where courier_id in (select courier_id from cards)
    union
    select
        merchant_id,
        courier_id,
        true as has_own_card
    from cards
    where merchant_id is not null
),

allowed as (
    select
        merchant_id,
        courier_id,
        bool_or(has_own_card) as has_own_card
    from used
    group by merchant_id, courier_id
),

parcels as (
    select
        row_number() over (
            order by
                shipments.merchant_id, allowed.courier_id, shipments.origin_adcode, shipments.origin_province_id,
                shipments.destination_adcode, shipments.destination_province_id, shipments.currency,
                shipments.kilogram_count
        ) as offer_number,
        allowed.courier_id,
        allowed.has_own_card,
        shipments.*,
        shipments.kilogram_count * 1000 as weight_grams
    from shipments
    inner join allowed
        on shipments.merchant_id = allowed.merchant_id
),

{{ look_up_cards('offer_number') }}

select
    parcels.merchant_id,
    parcels.courier_id,
    parcels.origin_adcode,
    parcels.origin_province_id,
    parcels.destination_adcode,
    parcels.destination_province_id,
    parcels.currency,
    carded.rate_card,
    {{ total_count('parcels.kilogram_count') }} as kilogram_count,
    {{ total_count('parcels.parcel_count') }} as parcel_count,
    {{ total_amount('carded.card_amount') }} as card_amount,
    parcels.has_own_card,
    parcels.priced_date
from parcels
inner join carded
    on parcels.offer_number = carded.offer_number
where carded.card_amount is not null
