{#- The types of sums over any number of rows. The contract keeps an amount below 10^12 and a count below 10^9, and no
    duration has as many seconds, so a total holds 10^24 amounts, or 9 * 10^9 counts or durations. -#}
{% macro total_amount(sum) %}cast({{ sum }} as decimal(38, 2)){% endmacro %}
{% macro total_count(sum) %}cast({{ sum }} as {{ dbt.type_bigint() }}){% endmacro %}

{#- From here on an amount, or the sum of one order's, is taken for a slip; the contract's limit. -#}
{% macro amount_limit() %}1000000000000{% endmacro %}
