{#- One consumer as one merchant knows it: two merchants that compare their extracts find no one in common. -#}
{% macro merchant_pseudonym(merchant_id, consumer_id) %}
    {{ return(adapter.dispatch('merchant_pseudonym', 'waymart')(merchant_id, consumer_id)) }}
{% endmacro %}

{% macro default__merchant_pseudonym(merchant_id, consumer_id) %}sha256({{ merchant_id }} || ':' || {{ consumer_id }}){% endmacro %}

{% macro spark__merchant_pseudonym(merchant_id, consumer_id) %}sha2({{ merchant_id }} || ':' || {{ consumer_id }}, 256){% endmacro %}
