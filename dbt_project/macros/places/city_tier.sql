{#- The tier of a consumer's city from its tier in a list (`unranked` and `not_in_list` are of the list): `abroad` is
    outside the mainland (71 Taiwan, 81 Hong Kong and 82 Macao as provinces of GB/T 2260), `unknown` has no city.
    Where no list is in force no city is in it. -#}
{% macro city_tier(country_code, province_id, adcode, listed_tier) %}
    case
        when {{ country_code }} <> 'CN' or substr({{ province_id }}, 1, 2) in ('71', '81', '82') then 'abroad'
        when {{ adcode }} is null then 'unknown'
        else coalesce({{ listed_tier }}, 'not_in_list')
    end
{%- endmacro %}
