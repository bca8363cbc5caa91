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
    cast(count(*) as {{ dbt.type_bigint() }}) as line_count,
    cast(sum(unit_count) as {{ dbt.type_bigint() }}) as unit_count,
    cast(sum(goods_amount) as decimal(18, 2)) as goods_amount,
    cast(sum(gmv_placed) as decimal(18, 2)) as gmv_placed,
    cast(sum(gmv_paid) as decimal(18, 2)) as gmv_paid,
    cast(sum(gmv_net) as decimal(18, 2)) as gmv_net,
    cast(sum(gmv_received) as decimal(18, 2)) as gmv_received,
    cast(sum(refunded_amount) as decimal(18, 2)) as refunded_amount,
    order_date as calendar_date
from lines
group by order_date, platform_id, category_id, currency, channel, tier_fixed
