{#- A key of one or several columns identifies one row, and no column of `known` is null. Both in one pass, for what is
    tested may be a view over all that was ever loaded. -#}
{% test keys_are_unique(model, columns, known=[]) %}
    select
        {{ columns | join(',\n        ') }},
        count(*) as row_count
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1{% for column in known %} or count({{ column }}) < count(*){% endfor %}
{% endtest %}
