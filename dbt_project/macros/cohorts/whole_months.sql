{#- Months as whole numbers (year × 12 + month − 1), so that they are added and compared alike on every engine. -#}
{% macro month_number(day) -%}
    (extract(year from {{ day }}) * 12 + extract(month from {{ day }}) - 1)
{%- endmacro %}

{% macro month_of_number(number) -%}
    cast(
        {{ divide_whole(number, 12) }} || '-' || right('0' || (mod({{ number }}, 12) + 1), 2) || '-01' as date
    )
{%- endmacro %}

{#- First and last date of each platform in the relation, and first and last month (by number) of which its every day is
    loaded, from the one to the other. What would need a month outside them is null, never short. -#}
{% macro whole_months(facts, day) %}
    select
        platform_id,
        min({{ day }}) as first_date,
        max({{ day }}) as last_date,
        min({{ month_number(day) }}) as first_month_number,
        max({{ month_number(day) }}) as last_month_number,
        min({{ month_number(day) }})
        + case when extract(day from min({{ day }})) = 1 then 0 else 1 end as first_whole_month_number,
        max({{ month_number(day) }})
        - case
            when {{ dbt.date_trunc('month', dbt.dateadd('day', 1, 'max(' ~ day ~ ')')) }}
                > {{ dbt.date_trunc('month', 'max(' ~ day ~ ')') }} then 0 else 1
        end as last_whole_month_number
    from {{ facts }}
    where {{ day }} is not null
    group by platform_id
{% endmacro %}
