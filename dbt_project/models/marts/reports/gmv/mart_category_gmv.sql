{{ config(
    materialized='cells',
    meta={'cell_date': 'calendar_date', 'cell_keys': [
        'platform_id', 'category_id', 'currency', 'channel', 'tier_fixed',
    ], 'may_be_unknown': [
        'unit_count', 'gmv_placed', 'gmv_net', 'gmv_received', 'refunded_amount',
    ]}
) }}
with lines as (
    select * from {{ rows_of('fct_order_lines') }}
)

select
    platform_id,
    category_id,
    currency,
    channel,
    tier_fixed,
    {{ total_count('count(*)') }} as line_count,
    {{ total_count('sum(unit_count)') }} as unit_count,
    {{ total_amount('sum(goods_amount)') }} as goods_amount,
    {{ total_amount('sum(gmv_placed)') }} as gmv_placed,
    {{ total_amount('sum(gmv_paid)') }} as gmv_paid,
    {{ total_amount('sum(gmv_net)') }} as gmv_net,
    {{ total_amount('sum(gmv_received)') }} as gmv_received,
    {{ total_amount('sum(refunded_amount)') }} as refunded_amount,
    order_date as calendar_date
from lines
group by order_date, platform_id, category_id, currency, channel, tier_fixed
