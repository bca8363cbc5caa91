{#- CTEs that look up parcels in rate cards, to be put after `cards` (ranked_cards) and `parcels` (a column
    `<key>`, courier_id, merchant_id, currency, weight_grams, priced_date, and both ends by city and province).
    The last one, `carded`, has one row per key with its card_problem, else rate_card and card_amount.
    Each parcel is looked up by equal keys once per form that cards have: of whom, and how fine at either end. -#}
{% macro look_up_cards(key) -%}
forms as (
    select distinct
        is_own,
        origin_fineness,
        destination_fineness
    from cards
),

keyed as (
    select
        parcels.{{ key }},
        parcels.courier_id,
        parcels.currency,
        parcels.weight_grams,
        parcels.priced_date,
        forms.is_own,
        forms.origin_fineness,
        forms.destination_fineness,
        case when forms.is_own then parcels.merchant_id else '' end as holder_id,
        case forms.origin_fineness
            when 2 then parcels.origin_adcode
            when 1 then parcels.origin_province_id
            else ''
        end as origin_place_id,
        case forms.destination_fineness
            when 2 then parcels.destination_adcode
            when 1 then parcels.destination_province_id
            else ''
        end as destination_place_id
    from parcels
    cross join forms
),

candidates as (
    select
        keyed.{{ key }},
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
        {{ key }},
        max(precedence) as precedence
    from candidates
    group by {{ key }}
),

banded as (
    select
        candidates.{{ key }},
        count(*) as band_count,
        min(candidates.rate_card) as rate_card,
        min(candidates.base_amount + candidates.further_kilogram_amount * candidates.further_kilogram_count)
            as card_amount
    from candidates
    inner join finest
        on
            candidates.{{ key }} = finest.{{ key }}
            and candidates.precedence = finest.precedence
    where candidates.is_in_band
    group by candidates.{{ key }}
),

carded as (
    select
        parcels.{{ key }},
        case
            when parcels.weight_grams is null or parcels.weight_grams = 0 then 'no_weight'
            when finest.{{ key }} is null then 'no_card'
            when banded.{{ key }} is null then 'no_band'
            when banded.band_count > 1 then 'overlapping_bands'
        end as card_problem,
        case when parcels.weight_grams > 0 and banded.band_count = 1 then banded.rate_card end as rate_card,
        case when parcels.weight_grams > 0 and banded.band_count = 1 then banded.card_amount end as card_amount
    from parcels
    left join finest
        on parcels.{{ key }} = finest.{{ key }}
    left join banded
        on parcels.{{ key }} = banded.{{ key }}
)
{%- endmacro %}
