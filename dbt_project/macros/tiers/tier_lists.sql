{#- The import CTEs `city_tiers` (a city's tier in each list), `tier_lists` (when each list is in force) and
    `fixed_list` (the one list that the fixed reading uses for the whole series: the newest complete one, or
    the newest where none is complete). -#}
{% macro tier_list_ctes() %}
city_tiers as (
    select * from {{ ref('dim_city_tiers') }}
),

tier_lists as (
    select distinct
        list_year,
        is_complete_list,
        valid_from_date,
        valid_to_date
    from city_tiers
),

ranked_lists as (
    select
        list_year,
        is_complete_list,
        row_number() over (
            order by case when is_complete_list then 0 else 1 end, list_year desc
        ) as list_rank
    from tier_lists
),

fixed_list as (
    select
        list_year,
        is_complete_list
    from ranked_lists
    where list_rank = 1
),

fixed_tiers as (
    select
        city_tiers.adcode,
        city_tiers.tier
    from city_tiers
    inner join fixed_list
        on city_tiers.list_year = fixed_list.list_year
)
{%- endmacro %}
