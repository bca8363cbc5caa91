{% set bases = ['paid', 'picked_up', 'delivered'] %}

with waybills as (
    select * from {{ changed('fct_waybills') }} as changed
    where purpose = 'sale'
),

cells as (
    select * from {{ changed('mart_delivery_time') }} as changed
),

{% for basis in bases %}
waybills_{{ basis }} as (
    select
        *,
        case when {{ is_in_delivery_cohort() }} then 1 else 0 end as is_counted
    from waybills
    where {{ basis }}_date is not null
),

cells_{{ basis }} as (
    select * from cells
    where date_basis = '{{ basis }}'
){{ ',' if not loop.last }}

{% endfor %}

{% for basis in bases %}
{{ sums_that_differ('waybills_' ~ basis, 'cells_' ~ basis, [
    ('waybill_count', 'is_counted', 'waybill_count'),
    ('finished_count', 'case when is_handed_over then is_counted else 0 end', 'finished_count'),
    ('delivered_count', 'case when is_delivered then is_counted else 0 end', 'delivered_count'),
    ('open_count', 'case when is_handed_over or is_lost then 0 else is_counted end', 'open_count'),
    ('within_72h_count', 'case when end_to_end_seconds <= 72 * 3600 then is_counted else 0 end', 'within_72h_count'),
    ('end_to_end_count', 'case when end_to_end_seconds >= 0 then is_counted else 0 end', 'end_to_end_count'),
    ('end_to_end_seconds', 'end_to_end_seconds * is_counted', 'end_to_end_seconds'),
    ('order_to_delivery_seconds', 'order_to_delivery_seconds * is_counted', 'order_to_delivery_seconds'),
    ('handling_seconds', 'handling_seconds * is_counted', 'handling_seconds'),
    ('all_stages_count', 'case when has_all_stages then is_counted else 0 end', 'all_stages_count'),
]) }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
