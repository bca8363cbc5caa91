{#- The four readings of GMV from a value (goods after merchant discount and agreed price change) and what was
    refunded. Null where the provider cannot show the reading, 0 where the order does not count in it. -#}
{% macro gmv_readings(value_amount, refunded_amount) -%}
    cast(case when has_unpaid_orders then {{ value_amount }} end as decimal(18, 2)) as gmv_placed,
    cast(case when is_paid then {{ value_amount }} when not is_paid then 0 end as decimal(18, 2)) as gmv_paid,
    cast(
        case
            when has_refunds and is_paid and not is_cancelled then {{ value_amount }} - {{ refunded_amount }}
            when has_refunds then 0
        end as decimal(18, 2)
    ) as gmv_net,
    cast(
        case
            when has_receipts and is_paid and is_received then {{ value_amount }}
            when has_receipts then 0
        end as decimal(18, 2)
    ) as gmv_received
{%- endmacro %}
