{#- Whether a waybill has started on a duration: it has ended it, or still may. One that lies past the end
    without a valid duration (a scan is missing, or times are impossible) has started on none. -#}
{% macro has_started_end_to_end() -%}
    end_to_end_seconds is not null or (picked_up_at is not null and not coalesce(is_handed_over, false))
{%- endmacro %}

{% macro has_started_order_to_delivery() -%}
    order_to_delivery_seconds is not null
    or (clock_started_at is not null and not coalesce(is_delivered, false))
{%- endmacro %}

{% macro has_started_handling() -%}
    handling_seconds is not null
    or (clock_started_at is not null and picked_up_at is null and not coalesce(is_handed_over, false))
{%- endmacro %}
