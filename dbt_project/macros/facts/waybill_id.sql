{#- Identity of a parcel: the courier we know and its number; of an unknown courier, whose code it is, the code
    and the number. -#}
{% macro waybill_id(waybill, courier_codes) -%}
    coalesce({{ courier_codes }}.courier_id, {{ waybill }}.provider_id || '/' || {{ waybill }}.courier_code)
    || ':' || {{ waybill }}.waybill_number
{%- endmacro %}
