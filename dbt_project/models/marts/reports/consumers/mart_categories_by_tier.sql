{#- Months that are read: two years, and the one before them. -#}
{% set months_read = 25 %}
{#- Windows, and the kinds of places for which each is finished: a month is too short for a city. -#}
{% set windows = {1: ['all', 'tier'], 12: ['all', 'tier', 'province', 'city']} %}
{#- A city with fewer accounts in the year is left out. -#}
{% set least_buyers = 30 %}
with lines as (
    select * from {{ ref('fct_order_lines') }}
    where is_paid
),

cities as (
    select * from {{ ref('dim_cities') }}
),

spans as (
    {{ whole_months('lines', 'order_date') }}
),

bought as (
    select
        lines.platform_id,
        lines.currency,
        lines.category_id,
        lines.consumer_id,
        lines.tier_fixed,
        cities.province_id,
        lines.adcode,
        {{ month_number('lines.order_date') }} as month_number,
        spans.first_whole_month_number,
        spans.last_whole_month_number,
        sum(lines.gmv_paid) as gmv_paid
    from lines
    inner join spans
        on lines.platform_id = spans.platform_id
    left join cities
        on lines.adcode = cities.adcode
    where {{ month_number('lines.order_date') }} between greatest(
        spans.first_whole_month_number, spans.last_whole_month_number - {{ months_read - 1 }}
    ) and spans.last_whole_month_number
    group by
        lines.platform_id, lines.currency, lines.category_id, lines.consumer_id, lines.tier_fixed, cities.province_id,
        lines.adcode, {{ month_number('lines.order_date') }}, spans.first_whole_month_number,
        spans.last_whole_month_number
),

-- Each row at its own window, and again where a window a year later looks back upon it.
windowed as (
    {% for window in windows %}
    {% for back in [0, 12] %}
    select
        platform_id,
        currency,
        category_id,
        {% if back == 0 %}consumer_id{% else %}null as consumer_id{% endif %},
        tier_fixed,
        province_id,
        adcode,
        {{ window }} as window_months,
        {% if window == 1 %}month_number + {{ back }}{% else %}last_whole_month_number{% endif %} as month_number,
        last_whole_month_number,
        {% if back == 0 %}gmv_paid{% else %}null as gmv_paid{% endif %},
        {% if back == 0 %}null{% else %}gmv_paid{% endif %} as gmv_paid_year_before
    from bought
    where
        month_number <= last_whole_month_number - {{ back }}
        {% if window > 1 %}
        and month_number > last_whole_month_number - {{ back + window }}
        and first_whole_month_number <= last_whole_month_number - {{ back + window - 1 }}
        {% endif %}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

placed as (
    {% for window, kinds in windows.items() %}
    {% for kind in kinds %}
    select
        platform_id,
        currency,
        category_id,
        consumer_id,
        '{{ kind }}' as place_kind,
        {% if kind == 'tier' %}tier_fixed{% else %}'all' as tier_fixed{% endif %},
        {% if kind == 'province' %}province_id{% elif kind == 'city' %}adcode{% else %}'all'{% endif %} as place_id,
        window_months,
        month_number,
        last_whole_month_number,
        gmv_paid,
        gmv_paid_year_before
    from windowed
    where
        window_months = {{ window }}
        {% if kind == 'province' %}and province_id is not null{% elif kind == 'city' %}and adcode is not null{% endif %}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

{% set place = 'platform_id, currency, place_kind, tier_fixed, place_id, window_months, month_number' -%}
of_places as (
    select
        {{ place }},
        count(distinct consumer_id) as place_buyer_count,
        sum(gmv_paid) as place_gmv_paid
    from placed
    group by {{ place }}
),

of_categories as (
    select
        {{ place }},
        category_id,
        max(last_whole_month_number) as last_whole_month_number,
        count(distinct consumer_id) as buyer_count,
        sum(gmv_paid) as gmv_paid,
        sum(gmv_paid_year_before) as gmv_paid_year_before
    from placed
    where category_id is not null
    group by {{ place }}, category_id
),

counted as (
    select
        of_categories.*,
        of_places.place_buyer_count,
        of_places.place_gmv_paid
    from of_categories
    inner join of_places
        on
            of_categories.platform_id = of_places.platform_id
            and of_categories.currency = of_places.currency
            and of_categories.place_kind = of_places.place_kind
            and of_categories.tier_fixed = of_places.tier_fixed
            and of_categories.place_id = of_places.place_id
            and of_categories.window_months = of_places.window_months
            and of_categories.month_number = of_places.month_number
    where of_places.place_buyer_count >= case when of_categories.place_kind = 'city' then {{ least_buyers }} else 1 end
),

everywhere as (
    select * from counted
    where place_kind = 'all'
),

years as (
    select * from counted
    where window_months = 12
)

select
    counted.platform_id,
    counted.currency,
    counted.category_id,
    counted.place_kind,
    counted.tier_fixed,
    case when counted.place_kind = 'province' then counted.place_id else 'all' end as province_id,
    case when counted.place_kind = 'city' then counted.place_id else 'all' end as adcode,
    cast(counted.window_months as {{ dbt.type_bigint() }}) as window_months,
    counted.buyer_count,
    counted.place_buyer_count,
    everywhere.buyer_count as overall_buyer_count,
    everywhere.place_buyer_count as overall_place_buyer_count,
    {{ total_amount('coalesce(counted.gmv_paid, 0)') }} as gmv_paid,
    {{ total_amount('counted.gmv_paid_year_before') }} as gmv_paid_year_before,
    {{ total_amount('counted.place_gmv_paid') }} as place_gmv_paid,
    {{ total_amount('years.gmv_paid') }} as year_gmv_paid,
    {{ total_amount('years.place_gmv_paid') }} as year_place_gmv_paid,
    {{ month_of_number('counted.month_number') }} as month_date
from counted
inner join everywhere
    on
        counted.platform_id = everywhere.platform_id
        and counted.currency = everywhere.currency
        and counted.category_id = everywhere.category_id
        and counted.window_months = everywhere.window_months
        and counted.month_number = everywhere.month_number
left join years
    on
        counted.platform_id = years.platform_id
        and counted.currency = years.currency
        and counted.category_id = years.category_id
        and counted.place_kind = years.place_kind
        and counted.tier_fixed = years.tier_fixed
        and counted.place_id = years.place_id
        and counted.month_number > counted.last_whole_month_number - 12
