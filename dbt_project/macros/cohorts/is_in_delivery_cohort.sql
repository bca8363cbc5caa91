{#- Whether a waybill stays in the cohort whose delivery is timed. Those that turned back before a delivery,
    were cancelled or forwarded leave it and are counted beside it; lost and expired ones stay, as not
    delivered. Returns and replacements are no deliveries of a sale and never enter: filter on `purpose`. -#}
{% macro is_in_delivery_cohort() -%}
    not (
        (coalesce(is_returned, false) and not coalesce(is_delivered, false))
        or coalesce(is_cancelled, false)
        or coalesce(is_forwarded, false)
    )
{%- endmacro %}
