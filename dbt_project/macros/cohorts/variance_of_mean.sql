{#- Variance of a mean from a count, a sum and a sum of squares that are exact; null under two values. -#}
{% macro variance_of_mean(value_count, total, squares) -%}
    case
        when {{ value_count }} > 1
            then greatest(
                cast({{ squares }} as double)
                - cast({{ total }} as double) * cast({{ total }} as double) / {{ value_count }},
                0
            ) / ({{ value_count }} - 1) / {{ value_count }}
    end
{%- endmacro %}
