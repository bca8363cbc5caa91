{#- Quotient of two whole numbers, cut towards zero. -#}
{% macro divide_whole(dividend, divisor) %}{{ adapter.dispatch('divide_whole', 'waymart')(dividend, divisor) }}{% endmacro %}
{% macro default__divide_whole(dividend, divisor) %}(sign({{ dividend }}) * (abs({{ dividend }}) // {{ divisor }})){% endmacro %}
{% macro spark__divide_whole(dividend, divisor) %}(({{ dividend }}) div {{ divisor }}){% endmacro %}

{#- 64-bit hash of some text. -#}
{% macro hash_of(text) %}{{ adapter.dispatch('hash_of', 'waymart')(text) }}{% endmacro %}
{% macro default__hash_of(text) %}hash({{ text }}){% endmacro %}
{% macro spark__hash_of(text) %}xxhash64({{ text }}){% endmacro %}
