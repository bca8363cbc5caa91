-- Also merchants that only lines or waybills name.
with merchants as (
    select * from {{ ref('int_merchants_resolved') }}
),

order_lines as (
    select * from {{ ref('fct_order_lines') }}
),

waybills as (
    select * from {{ ref('fct_waybills') }}
),

named as (
    select merchant_id from merchants
    union
    select merchant_id from order_lines
    union
    select merchant_id from waybills
    where merchant_id is not null
)

select
    named.merchant_id,
    split_part(named.merchant_id, ':', 1) as platform_id,
    merchants.adcode,
    merchants.province_id,
    merchants.merchant_name,
    substr(named.merchant_id, length(split_part(named.merchant_id, ':', 1)) + 2) as merchant_code
from named
left join merchants
    on named.merchant_id = merchants.merchant_id
