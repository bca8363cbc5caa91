-- One offer alone can be compared with nothing, so a parcel counts where two couriers or more have one.
{% set ends = ['origin_adcode', 'origin_province_id', 'destination_adcode', 'destination_province_id'] %}
{% set shipment = (['merchant_id'] + ends + ['currency', 'kilogram_count']) | join(', ') %}
with offers as (
    select
        *,
        count(*) over (partition by {{ shipment }}) as offer_count,
        min(card_amount) over (partition by {{ shipment }}) as lowest_amount,
        {{ weight_band('kilogram_count * 1000') }} as weight_band
    from {{ ref('fct_courier_offers') }}
    where
        origin_province_id is not null
        and destination_province_id is not null
)

select
    origin_province_id,
    destination_province_id,
    weight_band,
    currency,
    courier_id,
    {{ total_count('sum(parcel_count)') }} as offered_parcel_count,
    {{ total_amount('sum(card_amount * parcel_count)') }} as offered_amount,
    {{ total_amount('sum(lowest_amount * parcel_count)') }} as lowest_offered_amount,
    {{ total_count('sum(case when card_amount = lowest_amount then parcel_count else 0 end)') }}
        as lowest_offer_count
from offers
where offer_count >= 2
group by origin_province_id, destination_province_id, weight_band, currency, courier_id
