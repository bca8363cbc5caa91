{{ after('touched_numbers') -}}
with rate_cards as (
    select * from {{ source('touched', 'rate_cards') }}
),

courier_codes as (
    select * from {{ ref('courier_codes') }}
)

select
    rate_cards.provider_id,
    courier_codes.courier_id,
    -- Half a name is no shop's, and not the list price either.
    case
        when rate_cards.platform_id is not null or rate_cards.merchant_code is not null
            then concat_ws(':', rate_cards.platform_id, rate_cards.merchant_code)
    end as merchant_id,
    rate_cards.courier_code,
    case when {{ list_length('rate_cards.origin_places') }} > 0 then rate_cards.origin_places end as origin_places,
    case when {{ list_length('rate_cards.destination_places') }} > 0 then rate_cards.destination_places end
        as destination_places,
    rate_cards.currency,
    rate_cards.from_grams,
    rate_cards.to_grams,
    rate_cards.base_grams,
    rate_cards.base_amount,
    rate_cards.further_kilogram_amount,
    rate_cards.valid_from as valid_from_date,
    rate_cards.valid_to as valid_to_date,
    rate_cards.updated_at,
    rate_cards._load_id,
    rate_cards._row_key
from rate_cards
left join courier_codes
    on
        rate_cards.provider_id = courier_codes.provider_id
        and rate_cards.courier_code = courier_codes.code
