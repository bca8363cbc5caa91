-- Made anew by every build, for a new card prices old parcels; without cards nothing is read.
with cards as (
    {{ ranked_cards() }}
),

parcels as (
    select
        waybill_id,
        provider_id,
        platform_id,
        courier_id,
        merchant_id,
        origin_adcode,
        origin_province_id,
        destination_adcode,
        destination_province_id,
        currency,
        weight_grams,
        freight_cost_amount,
        coalesce(picked_up_date, registered_date, first_event_date) as priced_date
    from {{ ref('fct_waybills') }}
    where
        courier_id in (select courier_id from cards)
        and coalesce(picked_up_date, registered_date, first_event_date) is not null
),

{{ look_up_cards('waybill_id') }}

select
    parcels.waybill_id,
    parcels.provider_id,
    parcels.platform_id,
    parcels.courier_id,
    parcels.merchant_id,
    parcels.currency,
    carded.rate_card,
    carded.card_problem,
    parcels.weight_grams,
    parcels.freight_cost_amount,
    {{ total_amount('carded.card_amount') }} as card_amount,
    {{ total_amount('parcels.freight_cost_amount - carded.card_amount') }} as billing_difference_amount,
    parcels.priced_date
from parcels
inner join carded
    on parcels.waybill_id = carded.waybill_id
