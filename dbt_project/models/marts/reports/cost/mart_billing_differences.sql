with prices as (
    select * from {{ ref('fct_waybill_prices') }}
)

select
    platform_id,
    courier_id,
    merchant_id,
    currency,
    {{ total_count('count(*)') }} as waybill_count,
    {{ total_count('count(freight_cost_amount)') }} as freight_known_count,
    {{ total_count('count(card_amount)') }} as card_priced_count,
    {{ total_count('count(billing_difference_amount)') }} as card_compared_count,
    {{ total_count('count(*) filter (where billing_difference_amount > 0)') }} as overcharged_count,
    {{ total_count('count(*) filter (where billing_difference_amount < 0)') }} as undercharged_count,
    {{ total_count("count(*) filter (where card_problem = 'no_card')") }} as no_card_count,
    {{ total_count("count(*) filter (where card_problem = 'no_band')") }} as no_band_count,
    {{ total_count("count(*) filter (where card_problem = 'overlapping_bands')") }} as overlapping_bands_count,
    {{ total_count("count(*) filter (where card_problem = 'no_weight')") }} as no_weight_count,
    {{ total_amount('coalesce(sum(freight_cost_amount) filter (where billing_difference_amount is not null), 0)') }}
        as compared_freight_amount,
    {{ total_amount('coalesce(sum(card_amount) filter (where billing_difference_amount is not null), 0)') }}
        as compared_card_amount,
    {{ total_amount('coalesce(sum(billing_difference_amount) filter (where billing_difference_amount > 0), 0)') }}
        as overcharged_amount,
    {{ total_amount('coalesce(sum(-billing_difference_amount) filter (where billing_difference_amount < 0), 0)') }}
        as undercharged_amount,
    cast({{ dbt.date_trunc('month', 'priced_date') }} as date) as month_date
from prices
group by platform_id, courier_id, merchant_id, currency, cast({{ dbt.date_trunc('month', 'priced_date') }} as date)
