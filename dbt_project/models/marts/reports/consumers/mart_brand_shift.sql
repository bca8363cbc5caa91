{#- Two periods are compared: so many whole months, and as many so many months earlier. -#}
{% set months = 3 %}
{% set comparisons = {'months_before': 3, 'year_before': 12} %}
with lines as (
    select * from {{ ref('fct_order_lines') }}
    where is_paid
),

products as (
    select * from {{ ref('dim_products') }}
),

spans as (
    {{ whole_months('lines', 'order_date') }}
),

spent as (
    {% for comparison, back in comparisons.items() %}
    select
        lines.platform_id,
        lines.currency,
        lines.category_id,
        lines.consumer_id,
        coalesce(products.brand_name, 'none') as brand_name,
        '{{ comparison }}' as comparison,
        spans.last_whole_month_number,
        case
            when {{ month_number('lines.order_date') }} > spans.last_whole_month_number - {{ months }}
                then lines.gmv_paid
            else 0
        end as gmv_now,
        case
            when {{ month_number('lines.order_date') }} <= spans.last_whole_month_number - {{ back }}
                then lines.gmv_paid
            else 0
        end as gmv_before
    from lines
    inner join spans
        on lines.platform_id = spans.platform_id
    left join products
        on lines.product_id = products.product_id
    where
        lines.category_id is not null
        and spans.first_whole_month_number <= spans.last_whole_month_number - {{ back + months - 1 }}
        and (
            {{ month_number('lines.order_date') }} between
            spans.last_whole_month_number - {{ months - 1 }} and spans.last_whole_month_number
            or {{ month_number('lines.order_date') }} between
            spans.last_whole_month_number - {{ back + months - 1 }} and spans.last_whole_month_number - {{ back }}
        )
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

{% set account = 'platform_id, currency, category_id, comparison, consumer_id' -%}
by_brand as (
    select
        {{ account }},
        brand_name,
        max(last_whole_month_number) as month_number,
        sum(gmv_now) as gmv_now,
        sum(gmv_before) as gmv_before,
        {{ total_count('sum(gmv_now) * 100') }} as fen_now,
        {{ total_count('sum(gmv_before) * 100') }} as fen_before
    from spent
    group by {{ account }}, brand_name
),

totalled as (
    select
        *,
        {{ total_count('sum(fen_now) over (partition by ' ~ account ~ ')') }} as category_fen_now,
        {{ total_count('sum(fen_before) over (partition by ' ~ account ~ ')') }} as category_fen_before
    from by_brand
),

-- How much of the spend moved between brands is compared as whole numbers: a / b − c / d times b × d.
weighed as (
    select
        *,
        abs(
            {{ wide_whole('fen_now') }} * {{ wide_whole('category_fen_before') }}
            - {{ wide_whole('fen_before') }} * {{ wide_whole('category_fen_now') }}
        ) as moved,
        {{ wide_whole('category_fen_now') }} * {{ wide_whole('category_fen_before') }} as whole
    from totalled
),

judged as (
    select
        *,
        case
            when consumer_id is null then 'unknown_account'
            when category_fen_before <= 0 then 'new_to_category'
            when category_fen_now <= 0 then 'left_category'
            -- Both halves of what moved are in the sum: it reaches the whole when half of the spend moved.
            when sum(moved) over (partition by {{ account }}) >= whole then 'switched'
            else 'stayed'
        end as shift_kind,
        first_value(brand_name) over (
            partition by {{ account }}
            order by gmv_now - gmv_before, brand_name
        ) as left_brand_name,
        first_value(brand_name) over (
            partition by {{ account }}
            order by gmv_now - gmv_before desc, brand_name
        ) as joined_brand_name
    from weighed
),

-- What a switching account spends more goes with the brand it left most, what it spends less with the one it joined.
named as (
    select
        *,
        case
            when shift_kind <> 'switched' or gmv_now = gmv_before then 'none'
            when gmv_now > gmv_before and left_brand_name <> brand_name then left_brand_name
            when gmv_now < gmv_before and joined_brand_name <> brand_name then joined_brand_name
            else 'none'
        end as other_brand_name
    from judged
)

select
    platform_id,
    currency,
    category_id,
    brand_name,
    comparison,
    shift_kind,
    other_brand_name,
    count(distinct consumer_id) as shifted_consumer_count,
    {{ total_amount('sum(gmv_before)') }} as gmv_before,
    {{ total_amount('sum(gmv_now)') }} as gmv_now,
    {{ total_amount('sum(gmv_now - gmv_before)') }} as gmv_change,
    {{ month_of_number('max(month_number)') }} as month_date
from named
group by
    platform_id, currency, category_id, brand_name, comparison, shift_kind, other_brand_name
