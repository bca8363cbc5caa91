{#- The year of the inhabitants in dbt_project/places. -#}
{% macro population_list_year() %}2026{% endmacro %}

{#- The tier of a consumer's city from its tier in a list (`unranked` and `not_in_list` are of the list): `abroad` is
    shipped to another country than the platform's or merchant's, from the mainland to Hong Kong (81), Macao (82) and
    Taiwan (71 of GB/T 2260) too; where the home is not known, nothing is. `unknown` has no city. Where no list is in
    force no city is in it. -#}
{% macro city_tier(home_country_code, country_code, province_id, adcode, listed_tier) %}
    case
        when {{ country_code }} <> {{ home_country_code }} then 'abroad'
        when {{ home_country_code }} = 'CN' and substr({{ province_id }}, 1, 2) in ('71', '81', '82') then 'abroad'
        when {{ adcode }} is null then 'unknown'
        else coalesce({{ listed_tier }}, 'not_in_list')
    end
{%- endmacro %}
