{#- What kind of party brought the consumer of an order: told by how the order was sold, as nothing else says it. -#}
{% macro referrer_kind() -%}
    case
        when referrer_id is null then 'none'
        when channel = 'dropship' then 'dropshipper'
        when channel = 'group_buy' then 'group_leader'
        else 'other'
    end
{%- endmacro %}
