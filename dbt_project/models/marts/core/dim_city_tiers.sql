with cities as (
    select * from {{ ref('cities') }}
),

lists as (
    select * from {{ ref('city_tier_lists') }}
),

city_tiers as (
    select * from {{ ref('city_tiers') }}
),

-- A list is in force from 1 January of its year until the next list's. The fixed reading has one for the whole series:
-- the newest complete one, or the newest where none is complete.
dated as (
    select
        list_year,
        is_complete_list,
        row_number() over (
            order by case when is_complete_list then 0 else 1 end, list_year desc
        ) = 1 as is_fixed_list,
        source,
        cast(concat(list_year, '-01-01') as date) as valid_from_date,
        lead(cast(concat(list_year, '-01-01') as date)) over (order by list_year) as next_from_date
    from lists
)

select
    cities.adcode,
    dated.list_year,
    case
        when city_tiers.tier is not null then city_tiers.tier
        when dated.is_complete_list then 'unranked'
        else 'not_in_list'
    end as tier,
    coalesce(city_tiers.source, dated.source) as source,
    dated.is_complete_list,
    dated.is_fixed_list,
    dated.valid_from_date,
    cast(dated.next_from_date - interval '1' day as date) as valid_to_date
from cities
cross join dated
left join city_tiers
    on
        cities.adcode = city_tiers.adcode
        and dated.list_year = city_tiers.list_year
