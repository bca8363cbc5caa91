{#- What makes up the contribution, and itself: added up where all of it is known. -#}
{% set parts = [
    'paid_amount', 'platform_subsidy_amount', 'partner_discount_amount', 'refunded_amount', 'goods_cost_amount',
    'commission_amount', 'payment_fee_amount', 'freight_cost_amount', 'import_charge_amount', 'contribution_amount',
] %}
{{ config(
    materialized='cells',
    meta={'cell_date': 'month_date', 'cell_keys': ['platform_id', 'currency', 'channel', 'tier_fixed']}
) }}
with economics as (
    select * from {{ rows_of('fct_order_economics') }}
)

select
    platform_id,
    currency,
    channel,
    tier_fixed,
    {{ total_count('count(*)') }} as paid_order_count,
    {{ total_count('count(*) filter (where has_all_parts)') }} as complete_order_count,
    {{ total_count('count(*) filter (where platform_subsidy_amount > 0)') }} as subsidised_order_count,
    {{ total_amount('sum(gmv_paid)') }} as gmv_paid,
    {{ total_amount('coalesce(sum(case when platform_subsidy_amount > 0 then gmv_paid end), 0)') }} as gmv_subsidised,
    {% for part in parts %}
    {{ total_amount('coalesce(sum(case when has_all_parts then ' ~ part ~ ' end), 0)') }} as {{ part }},
    {% endfor %}
    {{ total_amount('coalesce(sum(platform_cost_amount), 0)') }} as platform_cost_amount,
    cast({{ dbt.date_trunc('month', 'order_date') }} as date) as month_date
from economics
group by platform_id, currency, channel, tier_fixed, cast({{ dbt.date_trunc('month', 'order_date') }} as date)
