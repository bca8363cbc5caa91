{{ config(materialized='incremental', unique_key='order_number', incremental_strategy='delete+insert') }}
with arrived_rows as (
    select
        order_number,
        _load_id
    from {{ source('raw', 'orders') }}
    where {{ has_arrived() }}
    union all
    select
        order_number,
        _load_id
    from {{ source('raw', 'order_lines') }}
    where {{ has_arrived() }}
    union all
    select
        order_number,
        _load_id
    from {{ source('raw', 'payments') }}
    where {{ has_arrived() }}
    union all
    select
        order_number,
        _load_id
    from {{ source('raw', 'refunds') }}
    where {{ has_arrived() }}
),

arrived as (
    select
        order_number,
        min(_load_id) as first_load_id,
        max(_load_id) as last_load_id
    from arrived_rows
    group by order_number
)

select
    arrived.order_number,
    {% if is_bounded() -%}
    coalesce(known.first_load_id, arrived.first_load_id) as first_load_id,
    {%- else -%}
    arrived.first_load_id,
    {%- endif %}
    arrived.last_load_id
from arrived
{% if is_bounded() -%}
left join {{ this }} as known
    on arrived.order_number = known.order_number
{%- endif %}
