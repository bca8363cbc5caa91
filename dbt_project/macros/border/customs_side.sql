{#- Which customs a scan is of, by its code or else its words; null where neither says. Cainiao's families across borders:
    CC_EX is export, CC_IM, CUS and CIQ import (developer.alibaba.com apiId=30120). -#}
{% macro customs_side(code, text) -%}
    case
        when substr({{ code }}, 1, 6) = 'CC_EX_' then 'export'
        when substr({{ code }}, 1, 6) = 'CC_IM_' or substr({{ code }}, 1, 4) in ('CUS_', 'CIQ_') then 'import'
        when {{ text }} like '%出口%' or lower({{ text }}) like '%export%' then 'export'
        when {{ text }} like '%进口%' or lower({{ text }}) like '%import%' then 'import'
    end
{%- endmacro %}
