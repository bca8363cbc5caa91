{#- Quotient of two whole numbers, cut towards zero. -#}
{% macro divide_whole(dividend, divisor) %}{{ adapter.dispatch('divide_whole', 'waymart')(dividend, divisor) }}{% endmacro %}
{% macro default__divide_whole(dividend, divisor) %}(sign({{ dividend }}) * (abs({{ dividend }}) // {{ divisor }})){% endmacro %}
{% macro spark__divide_whole(dividend, divisor) %}(({{ dividend }}) div {{ divisor }}){% endmacro %}

{#- A whole number whose product with another still fits. -#}
{% macro wide_whole(number) %}{{ adapter.dispatch('wide_whole', 'waymart')(number) }}{% endmacro %}
{% macro default__wide_whole(number) %}cast({{ number }} as hugeint){% endmacro %}
{% macro spark__wide_whole(number) %}cast({{ number }} as decimal(19, 0)){% endmacro %}

{#- 64-bit hash of some text, unsigned and the same on every engine: the first half of its MD5. -#}
{% macro hash_of(text) %}{{ adapter.dispatch('hash_of', 'waymart')(text) }}{% endmacro %}
{% macro default__hash_of(text) %}cast('0x' || substr(md5({{ text }}), 1, 16) as ubigint){% endmacro %}
{% macro spark__hash_of(text) %}cast(conv(substr(md5({{ text }}), 1, 16), 16, 10) as decimal(20, 0)){% endmacro %}
