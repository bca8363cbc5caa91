-- Made anew by every build, for a new card prices old parcels; without cards nothing is read. Each parcel is looked up
-- by equal keys once per form that cards have: of whom, and how fine at either end.
with cards as (
    select
        *,
        coalesce(merchant_id, '') as holder_id,
        merchant_id is not null as is_own,
        -- A shop's own card comes before any list price, then the finer places.
        case when merchant_id is not null then 10 else 0 end + origin_fineness + destination_fineness as precedence
    from {{ ref('int_rate_cards_placed') }}
),

forms as (
    select distinct
        is_own,
        origin_fineness,
        destination_fineness
    from cards
),

waybills as (
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

keyed as (
    select
        waybills.waybill_id,
        waybills.courier_id,
        waybills.currency,
        waybills.weight_grams,
        waybills.priced_date,
        forms.is_own,
        forms.origin_fineness,
        forms.destination_fineness,
        case when forms.is_own then waybills.merchant_id else '' end as holder_id,
        case forms.origin_fineness
            when 2 then waybills.origin_adcode
            when 1 then waybills.origin_province_id
            else ''
        end as origin_place_id,
        case forms.destination_fineness
            when 2 then waybills.destination_adcode
            when 1 then waybills.destination_province_id
            else ''
        end as destination_place_id
    from waybills
    cross join forms
),

candidates as (
    select
        keyed.waybill_id,
        cards.precedence,
        cards.rate_card,
        cards.base_amount,
        cards.further_kilogram_amount,
        {{ divide_whole('(greatest(keyed.weight_grams - cards.base_grams, 0) + 999)', 1000) }}
            as further_kilogram_count,
        coalesce(
            keyed.weight_grams > cards.from_grams
            and (cards.to_grams is null or keyed.weight_grams <= cards.to_grams),
            false
        ) as is_in_band
    from keyed
    inner join cards
        on
            keyed.courier_id = cards.courier_id
            and keyed.currency = cards.currency
            and keyed.holder_id = cards.holder_id
            and keyed.is_own = cards.is_own
            and keyed.origin_place_id = cards.origin_place_id
            and keyed.origin_fineness = cards.origin_fineness
            and keyed.destination_place_id = cards.destination_place_id
            and keyed.destination_fineness = cards.destination_fineness
            and keyed.priced_date >= cards.valid_from_date
            and (cards.valid_to_date is null or keyed.priced_date <= cards.valid_to_date)
),

finest as (
    select
        waybill_id,
        max(precedence) as precedence
    from candidates
    group by waybill_id
),

banded as (
    select
        candidates.waybill_id,
        count(*) as band_count,
        min(candidates.rate_card) as rate_card,
        min(candidates.base_amount + candidates.further_kilogram_amount * candidates.further_kilogram_count)
            as card_amount
    from candidates
    inner join finest
        on
            candidates.waybill_id = finest.waybill_id
            and candidates.precedence = finest.precedence
    where candidates.is_in_band
    group by candidates.waybill_id
),

judged as (
    select
        waybills.*,
        case
            when waybills.weight_grams is null or waybills.weight_grams = 0 then 'no_weight'
            when finest.waybill_id is null then 'no_card'
            when banded.waybill_id is null then 'no_band'
            when banded.band_count > 1 then 'overlapping_bands'
        end as card_problem,
        banded.rate_card,
        banded.card_amount
    from waybills
    left join finest
        on waybills.waybill_id = finest.waybill_id
    left join banded
        on waybills.waybill_id = banded.waybill_id
)

select
    waybill_id,
    provider_id,
    platform_id,
    courier_id,
    merchant_id,
    currency,
    case when card_problem is null then rate_card end as rate_card,
    card_problem,
    weight_grams,
    freight_cost_amount,
    {{ total_amount('case when card_problem is null then card_amount end') }} as card_amount,
    {{ total_amount('case when card_problem is null then freight_cost_amount - card_amount end') }}
        as billing_difference_amount,
    priced_date
from judged
