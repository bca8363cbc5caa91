{#- Rate cards by what is looked up. A shop's own card comes before any list price, then the finer places. -#}
{% macro ranked_cards() -%}
    select
        *,
        coalesce(merchant_id, '') as holder_id,
        merchant_id is not null as is_own,
        case when merchant_id is not null then 10 else 0 end + origin_fineness + destination_fineness as precedence
    from {{ ref('int_rate_cards_placed') }}
{%- endmacro %}
