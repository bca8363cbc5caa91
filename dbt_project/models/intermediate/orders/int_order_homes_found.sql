-- A platform of many countries has no home; its order's is the country of the merchants, where they are of one.
with order_lines as (
    select * from {{ ref('int_order_lines_chosen') }}
),

merchants as (
    select * from {{ ref('int_merchants_resolved') }}
),

platforms as (
    select * from {{ ref('platforms') }}
)

select
    order_lines.order_id,
    min(merchants.country_code) as country_code
from order_lines
inner join merchants
    on order_lines.merchant_id = merchants.merchant_id
left join platforms
    on order_lines.platform_id = platforms.platform_id
where platforms.country_code is null
group by order_lines.order_id
having count(distinct merchants.country_code) = 1
