{#- Kind of place → what its tier and its province are. -#}
{% set places = {
    'all': ("'all'", "'all'"),
    'tier': ('tier_fixed', "'all'"),
    'province': ("'all'", 'province_id'),
} %}
-- A party is of its platform, so platforms add up. Who brings consumers of two tiers or provinces stands in both, and
-- once in `all`.
with orders as (
    select
        *,
        {{ referrer_kind() }} as referrer_kind,
        {{ month_number('order_date') }} as month_number
    from {{ ref('fct_orders') }}
),

spans as (
    {{ whole_months('orders', 'order_date') }}
),

brought as (
    select
        orders.platform_id,
        orders.referrer_kind,
        orders.referrer_id,
        orders.consumer_id,
        orders.tier_fixed,
        orders.province_id,
        orders.month_number
    from orders
    inner join spans
        on orders.platform_id = spans.platform_id
    where
        orders.referrer_kind <> 'none'
        and orders.month_number between spans.first_whole_month_number and spans.last_whole_month_number
),

placed as (
    {% for kind, (tier, province) in places.items() %}
    select
        platform_id,
        referrer_kind,
        referrer_id,
        consumer_id,
        '{{ kind }}' as place_kind,
        {{ tier }} as tier_fixed,
        {{ province }} as province_id,
        month_number
    from brought
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select
    platform_id,
    referrer_kind,
    place_kind,
    tier_fixed,
    province_id,
    {{ total_count('count(distinct referrer_id)') }} as active_referrer_count,
    {{ total_count('count(distinct consumer_id)') }} as brought_consumer_count,
    {{ total_count('count(*)') }} as brought_order_count,
    {{ month_of_number('month_number') }} as month_date
from placed
group by platform_id, referrer_kind, place_kind, tier_fixed, province_id, month_number
