{{ config(
    materialized='cells',
    meta={'cell_date': 'calendar_date', 'cell_keys': [
        'platform_id', 'category_id', 'currency', 'channel', 'tier_fixed',
    ], 'may_be_unknown': [
        'unit_count', 'goods_amount', 'gmv_placed', 'gmv_paid', 'gmv_net', 'gmv_received', 'refunded_amount',
    ]}
) }}
with lines as (
    select * from {{ rows_of('fct_order_lines') }}
),

orders as (
    select * from {{ rows_of('fct_orders') }}
),

{{ tier_list_ctes() }},

-- Only where a line has no city does its order tell whether it went abroad or to a place that is not known.
countries as (
    select
        order_id,
        country_code,
        province_id
    from orders
    where adcode is null
),

counted as (
    select
        lines.order_date as calendar_date,
        lines.platform_id,
        lines.currency,
        lines.adcode,
        lines.category_id,
        lines.channel,
        countries.country_code,
        coalesce(lines.adcode, countries.province_id) as province_id,
        count(*) as line_count,
        sum(lines.unit_count) as unit_count,
        sum(lines.goods_amount) as goods_amount,
        sum(lines.gmv_placed) as gmv_placed,
        sum(lines.gmv_paid) as gmv_paid,
        sum(lines.gmv_net) as gmv_net,
        sum(lines.gmv_received) as gmv_received,
        sum(lines.refunded_amount) as refunded_amount
    from lines
    left join countries
        on lines.order_id = countries.order_id
    group by
        lines.order_date, lines.platform_id, lines.currency, lines.adcode, lines.category_id, lines.channel,
        countries.country_code, coalesce(lines.adcode, countries.province_id)
),

tiered as (
    select
        counted.*,
        {{ city_tier(
            'counted.country_code', 'counted.province_id', 'counted.adcode',
            'fixed_tiers.tier', 'fixed_list.is_complete_list'
        ) }} as tier_fixed
    from counted
    left join fixed_list
        on true
    left join fixed_tiers
        on counted.adcode = fixed_tiers.adcode
)

select
    platform_id,
    category_id,
    currency,
    channel,
    tier_fixed,
    cast(sum(line_count) as {{ dbt.type_bigint() }}) as line_count,
    cast(sum(unit_count) as {{ dbt.type_bigint() }}) as unit_count,
    cast(sum(goods_amount) as decimal(18, 2)) as goods_amount,
    cast(sum(gmv_placed) as decimal(18, 2)) as gmv_placed,
    cast(sum(gmv_paid) as decimal(18, 2)) as gmv_paid,
    cast(sum(gmv_net) as decimal(18, 2)) as gmv_net,
    cast(sum(gmv_received) as decimal(18, 2)) as gmv_received,
    cast(sum(refunded_amount) as decimal(18, 2)) as refunded_amount,
    calendar_date
from tiered
group by calendar_date, platform_id, category_id, currency, channel, tier_fixed
