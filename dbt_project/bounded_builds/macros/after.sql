{#- Lets a model wait for another that it does not select from. dbt's own way, a comment with a reference, would make every
    unit test of the model give rows of that other one. -#}
{% macro after(node) %}
    {%- if not execute -%}
        {%- do ref(node) -%}
    {%- endif -%}
{% endmacro %}
