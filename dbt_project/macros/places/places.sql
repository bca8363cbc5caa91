{#- How a place as sent becomes a province and an adcode.

    A GB/T 2260 code wins: of its county, district or city. Without one, the exact full, short or English name
    of the province, and within it that of a city, of a county directly under it, or another name of a city: a
    county or district of it, a name it had before. What two places share is
    unknown. `place` is the relation with the columns of the place, `prefix` that of their names. Where trackers
    name a city alone (`is_city_enough`), it is the one in China of that name.

    Outside China the names are those of world.sql.

    Joins on equal keys only: with any other condition DuckDB compares each row with each place. -#}

{#- Relation: country_key, province_key, province_id, country_code. A feed may leave the country out, or count
    Hong Kong, Macao and Taiwan under CN. Outside China the name is folded, and the country must be known. -#}
{% macro province_keys() %}
    with named as (
        select province_id as province_key, province_id, country_code from {{ ref('provinces') }}
        union all
        select province_name as province_key, province_id, country_code from {{ ref('provinces') }}
        union all
        select province_name_zh as province_key, province_id, country_code from {{ ref('provinces') }}
        union all
        select province_short_zh as province_key, province_id, country_code from {{ ref('provinces') }}
        union all
        select split_part(province_id, '-', 2) as province_key, province_id, country_code from {{ ref('provinces') }}
    ),

    stated as (
        select '' as country_key, province_key, province_id, country_code from named
        union all
        select country_code as country_key, province_key, province_id, country_code from named
        union all
        select 'CN' as country_key, province_key, province_id, country_code
        from named
        where country_code in ('HK', 'MO', 'TW')
    )

    select
        country_key,
        province_key,
        min(province_id) as province_id,
        min(country_code) as country_code
    from stated
    where province_key <> ''
    group by country_key, province_key
    having count(distinct province_id) = 1
    union all
    select
        country_key,
        province_key,
        province_id,
        country_key as country_code
    from {{ world_places('division_names') }}
{% endmacro %}

{#- Relation: city_key, adcode. -#}
{% macro city_keys(is_city_enough=false) %}
    with named as (
        select adcode as city_key, adcode from {{ ref('cities') }}
        union all
        select province_id || '/' || city_name as city_key, adcode from {{ ref('cities') }}
        union all
        select province_id || '/' || city_name_zh as city_key, adcode from {{ ref('cities') }}
        union all
        select province_id || '/' || city_short_zh as city_key, adcode from {{ ref('cities') }}
        union all
        select province_id || '/' as city_key, adcode from {{ ref('cities') }} where adcode = province_id
        union all
        select cities.province_id || '/' || city_aliases.alias as city_key, cities.adcode
        from {{ ref('city_aliases') }} as city_aliases
        inner join {{ ref('cities') }} as cities
            on city_aliases.adcode = cities.adcode
        {%- if is_city_enough %}
        union all
        select '/' || city_name as city_key, adcode from {{ ref('cities') }}
        union all
        select '/' || city_name_zh as city_key, adcode from {{ ref('cities') }}
        union all
        select '/' || city_short_zh as city_key, adcode from {{ ref('cities') }}
        union all
        select '/' || alias as city_key, adcode from {{ ref('city_aliases') }}
        {%- endif %}
    )

    select
        city_key,
        min(adcode) as adcode
    from named
    group by city_key
    having count(distinct adcode) = 1
{% endmacro %}

{% macro has_chinese_code(place, prefix='') -%}
    {{ place }}.{{ prefix }}city_code is not null
            and coalesce({{ place }}.{{ prefix }}country_code, 'CN') in ('CN', 'HK', 'MO', 'TW')
{%- endmacro %}

{#- Join condition of province_keys(). -#}
{% macro is_in_province(place, provinces, prefix='') -%}
    coalesce({{ place }}.{{ prefix }}country_code, '') = {{ provinces }}.country_key
    and case
        when {{ has_chinese_code(place, prefix) }}
            then substr({{ place }}.{{ prefix }}city_code, 1, 2) || '0000'
        when {{ is_foreign(place, prefix) }} then {{ folded(place ~ '.' ~ prefix ~ 'province_name') }}
        else {{ place }}.{{ prefix }}province_name
    end = {{ provinces }}.province_key
{%- endmacro %}

{#- Join condition of city_keys(). -#}
{% macro is_in_city(place, provinces, cities, prefix='', is_city_enough=false) -%}
    case
        when
            {{ has_chinese_code(place, prefix) }}
            then case
                when substr({{ place }}.{{ prefix }}city_code, 1, 2) in ('11', '12', '31', '50')
                    then substr({{ place }}.{{ prefix }}city_code, 1, 2) || '0000'
                when substr({{ place }}.{{ prefix }}city_code, 3, 2) = '90'
                    then substr({{ place }}.{{ prefix }}city_code, 1, 6)
                else substr({{ place }}.{{ prefix }}city_code, 1, 4) || '00'
            end
        else {% if is_city_enough -%}
            case
                when
                    {{ place }}.{{ prefix }}province_name is null
                    and coalesce({{ place }}.{{ prefix }}country_code, 'CN') = 'CN'
                    then ''
                else {{ provinces }}.province_id
            end
        {%- else -%}
            {{ provinces }}.province_id
        {%- endif %} || '/' || coalesce(
            case
                when {{ place }}.{{ prefix }}city_name not like '%直辖%' then {{ place }}.{{ prefix }}city_name
            end,
            {{ place }}.{{ prefix }}district_name,
            ''
        )
    end = {{ cities }}.city_key
{%- endmacro %}

{#- Whether two scans are in one city: the adcode, and outside China country and name, since scans leave out the
    division. -#}
{% macro place_id(place, provinces, cities, prefix='') -%}
    coalesce(
        {{ cities }}.adcode,
        case
            when coalesce({{ provinces }}.country_code, {{ place }}.{{ prefix }}country_code, 'CN') <> 'CN'
                then
                    coalesce({{ provinces }}.country_code, {{ place }}.{{ prefix }}country_code)
                    || '/' || lower({{ place }}.{{ prefix }}city_name)
        end
    )
{%- endmacro %}

{#- The place as sent, for the count of places that nothing of ours knows; null when it was resolved. Outside China a
    country, or a country and division, alone are no city that could be missing, and those of scans are not looked for. -#}
{% macro unresolved_place(place, cities, prefix='', world_cities=none) -%}
    case
        {%- if world_cities %}
        when
            {{ is_foreign(place, prefix) }}
            then case
                when {{ world_cities }}.adcode is null and {{ place }}.{{ prefix }}city_name is not null
                    then concat_ws(
                        '/',
                        {{ place }}.{{ prefix }}country_code,
                        {{ place }}.{{ prefix }}province_name,
                        {{ place }}.{{ prefix }}city_name
                    )
            end
        {%- endif %}
        when
            {{ cities }}.adcode is null
            and coalesce({{ place }}.{{ prefix }}country_code, 'CN') = 'CN'
            then nullif(
                concat_ws(
                    '/',
                    {{ place }}.{{ prefix }}city_code,
                    {{ place }}.{{ prefix }}province_name,
                    {{ place }}.{{ prefix }}city_name,
                    {{ place }}.{{ prefix }}district_name
                ),
                ''
            )
    end
{%- endmacro %}
