{#- Parcels that cross a border as `import_charges` reads them. How many items are in a parcel is not known. -#}
{% macro crossing_entries(crossings) -%}
    select
        waybill_id as entry_id,
        destination_country_code,
        origin_country_code,
        entry_channel as channel,
        seller_scheme as scheme,
        tariff_subheading as tariff_heading,
        declared_currency as currency,
        declared_amount as goods_amount,
        freight_amount,
        subheading_count as heading_count,
        cast(null as bigint) as item_count,
        entry_date
    from {{ crossings }}
{%- endmacro %}
