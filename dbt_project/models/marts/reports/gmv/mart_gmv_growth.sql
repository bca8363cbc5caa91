with orders as (
    select
        platform_id,
        currency,
        channel,
        tier_fixed,
        gmv_paid,
        is_paid,
        order_date
    from {{ ref('fct_orders') }}
),

spans as (
    {{ whole_months('orders', 'order_date') }}
),

months as (
    select
        platform_id,
        currency,
        channel,
        tier_fixed,
        {{ month_number('order_date') }} as month_number,
        count(*) filter (where is_paid) as paid_order_count,
        sum(gmv_paid) as gmv_paid
    from orders
    group by platform_id, currency, channel, tier_fixed, {{ month_number('order_date') }}
),

compared as (
    {{ with_compared_months(
        'months', ['platform_id', 'currency', 'channel', 'tier_fixed'], ['paid_order_count', 'gmv_paid']
    ) }}
)

select
    compared.platform_id,
    compared.currency,
    compared.channel,
    compared.tier_fixed,
    {% for name in ['paid_order_count', 'paid_order_count_month_before', 'paid_order_count_year_before'] %}
    {{ total_count('coalesce(sum(compared.' ~ name ~ '), 0)') }} as {{ name }},
    {% endfor %}
    {% for name in ['gmv_paid', 'gmv_paid_month_before', 'gmv_paid_year_before'] %}
    {{ total_amount('coalesce(sum(compared.' ~ name ~ '), 0)') }} as {{ name }},
    {% endfor %}
    {% for name, back in compared_months().items() %}
    compared.month_number - {{ back }} >= spans.first_whole_month_number
    and compared.month_number <= spans.last_whole_month_number as has_{{ name }},
    {% endfor %}
    {{ month_of_number('compared.month_number') }} as month_date
from compared
inner join spans
    on compared.platform_id = spans.platform_id
where compared.month_number <= spans.last_month_number
group by
    compared.platform_id, compared.currency, compared.channel, compared.tier_fixed, compared.month_number,
    spans.first_whole_month_number, spans.last_whole_month_number
