-- Made anew like the prices behind it: few rows, for what was billed as the card says is not in it.
with differences as (
    select * from {{ ref('fct_waybill_prices') }}
    where merchant_id is not null and (billing_difference_amount <> 0 or card_problem is not null)
),

waybills as (
    select * from {{ ref('fct_waybills') }}
    where waybill_id in (select waybill_id from differences)
),

waybill_orders as (
    select * from {{ ref('fct_waybill_orders') }}
),

orders as (
    select * from {{ ref('fct_orders') }}
),

order_numbers as (
    {{ order_numbers_of('differences') }}
)

select
    differences.merchant_id,
    differences.waybill_id,
    differences.courier_id,
    waybills.origin_province_id,
    waybills.destination_adcode,
    waybills.destination_province_id,
    differences.currency,
    waybills.waybill_number,
    order_numbers.order_numbers,
    waybills.purpose,
    differences.rate_card,
    coalesce(
        differences.card_problem,
        case when differences.billing_difference_amount > 0 then 'overcharged' else 'undercharged' end
    ) as difference_reason,
    differences.weight_grams,
    differences.freight_cost_amount,
    differences.card_amount,
    differences.billing_difference_amount,
    differences.priced_date
from differences
inner join waybills
    on differences.waybill_id = waybills.waybill_id
left join order_numbers
    on differences.waybill_id = order_numbers.waybill_id
