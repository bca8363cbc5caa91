{#- One row per number that these entities carry, with the first and the last load in which a row of it came. -#}
{% macro loaded_numbers(number, entities) %}
with arrived_rows as (
    {%- for entity in entities %}
    select
        {{ number }},
        _load_id
    from {{ source('raw', entity) }}
    where {{ has_arrived() }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

arrived as (
    select
        {{ number }},
        min(_load_id) as first_load_id,
        max(_load_id) as last_load_id
    from arrived_rows
    group by {{ number }}
)

select
    arrived.{{ number }},
    {% if is_bounded() -%}
    coalesce(known.first_load_id, arrived.first_load_id) as first_load_id,
    {%- else -%}
    arrived.first_load_id,
    {%- endif %}
    arrived.last_load_id
from arrived
{% if is_bounded() -%}
left join {{ this }} as known
    on arrived.{{ number }} = known.{{ number }}
{%- endif %}
{% endmacro %}
