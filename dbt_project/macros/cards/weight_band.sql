{#- The band of a parcel's weight in kilograms as words, `0-1` to `20+`; `estimates/choice/parcels.py` has the same
    edges, and a test holds both together. -#}
{% macro weight_band(grams) -%}
    case
        {% for low, high in [(0, 1), (1, 2), (2, 3), (3, 5), (5, 10), (10, 20)] -%}
        when {{ grams }} <= {{ high * 1000 }} then '{{ low }}-{{ high }}'
        {% endfor -%}
        else '20+'
    end
{%- endmacro %}
