{#- Whole seconds from one instant to a later one; null where one is not known or they are in the wrong order. -#}
{% macro seconds_if_in_order(from_at, to_at) -%}
    case when {{ from_at }} <= {{ to_at }} then {{ seconds_between(from_at, to_at) }} end
{%- endmacro %}
