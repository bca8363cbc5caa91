{#- The country of a scan's place as ISO 3166-1: of its province, or outside China of its city where no division was sent;
    null where neither is known. -#}
{% macro scan_country() -%}
    case
        when province_id like '%-%' then split_part(province_id, '-', 1)
        when province_id = '810000' then 'HK'
        when province_id = '820000' then 'MO'
        when province_id = '710000' then 'TW'
        when province_id is not null then 'CN'
        when place_id like '__/%' then substr(place_id, 1, 2)
    end
{%- endmacro %}
