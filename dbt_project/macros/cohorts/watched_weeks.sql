{#- Findings are looked for in the last 26 weeks of each provider. A row of a day before them is not read … -#}
{% macro is_in_watched_weeks(date) -%}
    {{ date }} >= {{ dbt.dateadd('day', -7 * 26, 'providers.as_of_date') }}
{%- endmacro %}

{#- … and a week is judged once it is over and all that it counts is so many days old. -#}
{% macro is_week_mature(days) -%}
    as_of_date >= {{ dbt.dateadd('day', 7 + days, 'week_date') }}
{%- endmacro %}
