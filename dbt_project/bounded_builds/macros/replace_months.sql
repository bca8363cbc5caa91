{#- How a table of whole months takes up a bounded build: months in which a row of its fact went or came are made anew.
    Of its `meta`, `fact` is the fact and `day` the date by which its rows fall into months. -#}
{% macro get_incremental_replace_months_sql(arguments) %}
    {%- set columns = arguments['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    delete from {{ this }} where {{ is_in_touched_month('month_date') }};
    insert into {{ this }} ({{ columns }}) select {{ columns }} from {{ arguments['temp_relation'] }};
{% endmacro %}

{#- Whether a date lies in one of these months. -#}
{% macro is_in_touched_month(day) -%}
    {% if is_bounded() %}{{ dbt.date_trunc('month', day) }} in ({{ touched_months() }}){% else %}true{% endif %}
{%- endmacro %}

{% macro touched_months() -%}
    {%- set fact = last_built('core', config.get('meta')['fact']) -%}
    {%- set month_of_row = dbt.date_trunc('month', config.get('meta')['day']) -%}
    select {{ month_of_row }} as number from {{ changes_of(fact, 'old') }}
    union
    select {{ month_of_row }} as number from {{ changes_of(fact, 'new') }}
{%- endmacro %}
