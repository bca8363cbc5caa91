with cities as (
    select
        adcode,
        'CN' as country_code,
        cast(null as double) as larger_share
    from {{ ref('cities') }}
    union all
    select
        adcode,
        country_code,
        larger_share
    from {{ ref('stg_world_cities') }}
),

lists as (
    select * from {{ ref('city_tier_lists') }}
),

city_tiers as (
    select * from {{ ref('city_tiers') }}
),

population_tiers as (
    select * from {{ ref('population_tiers') }}
),

-- A list is in force from 1 January of its year until the next list's. The fixed reading has one for the whole series:
-- the newest complete one, or the newest where none is complete.
dated as (
    select
        country_code,
        list_year,
        is_complete_list,
        row_number() over (
            partition by country_code
            order by case when is_complete_list then 0 else 1 end, list_year desc
        ) = 1 as is_fixed_list,
        source,
        cast(concat(list_year, '-01-01') as date) as valid_from_date,
        lead(cast(concat(list_year, '-01-01') as date)) over (
            partition by country_code
            order by list_year
        ) as next_from_date
    from lists
),

-- China's lists name the cities of Hong Kong, Macao and Taiwan as little as those they leave out.
listed as (
    select
        cities.adcode,
        dated.country_code,
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
    inner join dated
        on cities.country_code = dated.country_code
    left join city_tiers
        on
            cities.adcode = city_tiers.adcode
            and dated.list_year = city_tiers.list_year
),

-- Elsewhere by population: the one list there is, for the whole series.
by_population as (
    select
        cities.adcode,
        cities.country_code,
        cast({{ population_list_year() }} as {{ dbt.type_bigint() }}) as list_year,
        coalesce(population_tiers.tier, 'unranked') as tier,
        'by population, GeoNames' as source,
        true as is_complete_list,
        true as is_fixed_list,
        cast('2000-01-01' as date) as valid_from_date,
        cast(null as date) as valid_to_date
    from cities
    left join population_tiers
        on
            cities.larger_share >= population_tiers.from_share
            and cities.larger_share < population_tiers.to_share
    left join dated
        on
            cities.country_code = dated.country_code
            and dated.is_fixed_list
    where dated.country_code is null
)

select * from listed
union all
select * from by_population
