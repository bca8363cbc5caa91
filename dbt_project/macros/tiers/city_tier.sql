{#- The tier of a consumer's city, with the values outside the list's own: `abroad` is outside the mainland
    (71 Taiwan, 81 Hong Kong and 82 Macao as provinces of GB/T 2260), `unknown` has no city, `unranked` is
    lacking in a complete list, `not_in_list` in one that is known only in part, or where no list is in force. -#}
{% macro city_tier(country_code, province_id, adcode, listed_tier, is_complete_list) %}
    case
        when {{ country_code }} <> 'CN' or substr({{ province_id }}, 1, 2) in ('71', '81', '82') then 'abroad'
        when {{ adcode }} is null then 'unknown'
        when {{ listed_tier }} is not null then {{ listed_tier }}
        when {{ is_complete_list }} then 'unranked'
        else 'not_in_list'
    end
{%- endmacro %}
