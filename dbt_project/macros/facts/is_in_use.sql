{#- Join condition of int_waybill_numbers_recycled: this later use of a number was under way at that time. -#}
{% macro is_in_use(waybill, recycled, time) -%}
    {{ waybill }}.waybill_id = {{ recycled }}.number_id
    and {{ waybill }}.{{ time }} >= {{ recycled }}.started_at
    and ({{ recycled }}.ended_at is null or {{ waybill }}.{{ time }} < {{ recycled }}.ended_at)
{%- endmacro %}
