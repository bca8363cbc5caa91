{#- Lets a model wait for another that it does not select from. -#}
{% macro after(node) %}
    {%- if not execute -%}
        {%- do ref(node) -%}
    {%- endif -%}
{% endmacro %}
