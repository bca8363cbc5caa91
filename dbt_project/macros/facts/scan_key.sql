{#- What a retraction repeats of the scan that it declares an error, besides its parcel and time: its number, or without
    one its code and words. -#}
{% macro scan_key(scans) -%}
    coalesce({{ scans }}.event_number, concat_ws('|', {{ scans }}.event_code, {{ scans }}.event_text))
{%- endmacro %}
