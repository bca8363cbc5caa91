{{ config(materialized='incremental', unique_key='waybill_number', incremental_strategy='delete+insert') }}
with arrived_rows as (
    select
        waybill_number,
        _load_id
    from {{ source('raw', 'waybills') }}
    where {{ has_arrived() }}
    union all
    select
        waybill_number,
        _load_id
    from {{ source('raw', 'waybill_events') }}
    where {{ has_arrived() }}
),

arrived as (
    select
        waybill_number,
        min(_load_id) as first_load_id,
        max(_load_id) as last_load_id
    from arrived_rows
    group by waybill_number
)

select
    arrived.waybill_number,
    {% if is_bounded() -%}
    coalesce(known.first_load_id, arrived.first_load_id) as first_load_id,
    {%- else -%}
    arrived.first_load_id,
    {%- endif %}
    arrived.last_load_id
from arrived
{% if is_bounded() -%}
left join {{ this }} as known
    on arrived.waybill_number = known.waybill_number
{%- endif %}
