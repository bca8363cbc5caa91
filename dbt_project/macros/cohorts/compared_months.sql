{#- The months that a month is compared with, each with how many months it lies back. -#}
{% macro compared_months() %}
    {{ return({'month_before': 1, 'year_before': 12}) }}
{% endmacro %}

{#- A relation of months, beside each month's measures those of the months it is compared with. Each row stands
    at its own month and again where it is looked back upon, so whatever is added up, each sum is of its month.
    `keys` and `measures` are columns of the relation, which also has `platform_id` and `month_number`. -#}
{% macro with_compared_months(months, keys, measures) %}
    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        {%- for measure in measures %}
        {{ measure }},
        {%- for name in compared_months() %}
        {{ total_amount('null') }} as {{ measure }}_{{ name }},
        {%- endfor %}
        {%- endfor %}
        month_number
    from {{ months }}
    {%- for name, back in compared_months().items() %}
    union all
    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        {%- for measure in measures %}
        null as {{ measure }},
        {%- for other in compared_months() %}
        {{ measure if other == name else 'null' }} as {{ measure }}_{{ other }},
        {%- endfor %}
        {%- endfor %}
        month_number + {{ back }} as month_number
    from {{ months }}
    {%- endfor %}
{% endmacro %}
