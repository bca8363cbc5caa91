{#- One row per item of a list, in a select. -#}
{% macro explode(list) %}{{ adapter.dispatch('explode', 'waymart')(list) }}{% endmacro %}
{% macro default__explode(list) %}unnest({{ list }}){% endmacro %}
{% macro spark__explode(list) %}explode({{ list }}){% endmacro %}

{#- A struct of name → expression, compared field by field in this order. -#}
{% macro struct_of(fields) %}{{ adapter.dispatch('struct_of', 'waymart')(fields) }}{% endmacro %}
{% macro default__struct_of(fields) %}struct_pack({% for name, value in fields.items() %}{{ name }} := {{ value }}{{ ', ' if not loop.last }}{% endfor %}){% endmacro %}
{% macro spark__struct_of(fields) %}named_struct({% for name, value in fields.items() %}'{{ name }}', {{ value }}{{ ', ' if not loop.last }}{% endfor %}){% endmacro %}

{#- The items of a list for which a condition on `item` holds. -#}
{% macro list_where(list, condition) %}{{ adapter.dispatch('list_where', 'waymart')(list, condition) }}{% endmacro %}
{% macro default__list_where(list, condition) %}list_filter({{ list }}, lambda item: {{ condition }}){% endmacro %}
{% macro spark__list_where(list, condition) %}filter({{ list }}, item -> {{ condition }}){% endmacro %}

{#- A list of an expression over each `item` of a list. -#}
{% macro list_of(list, expression) %}{{ adapter.dispatch('list_of', 'waymart')(list, expression) }}{% endmacro %}
{% macro default__list_of(list, expression) %}list_transform({{ list }}, lambda item: {{ expression }}){% endmacro %}
{% macro spark__list_of(list, expression) %}transform({{ list }}, item -> {{ expression }}){% endmacro %}

{#- Least and greatest item of a list; null when it is empty. -#}
{% macro list_min(list) %}{{ adapter.dispatch('list_min', 'waymart')(list) }}{% endmacro %}
{% macro default__list_min(list) %}list_min({{ list }}){% endmacro %}
{% macro spark__list_min(list) %}array_min({{ list }}){% endmacro %}

{% macro list_max(list) %}{{ adapter.dispatch('list_max', 'waymart')(list) }}{% endmacro %}
{% macro default__list_max(list) %}list_max({{ list }}){% endmacro %}
{% macro spark__list_max(list) %}array_max({{ list }}){% endmacro %}

{#- The items of a list, each once. -#}
{% macro list_distinct(list) %}{{ adapter.dispatch('list_distinct', 'waymart')(list) }}{% endmacro %}
{% macro default__list_distinct(list) %}list_distinct({{ list }}){% endmacro %}
{% macro spark__list_distinct(list) %}array_distinct({{ list }}){% endmacro %}

{#- The items of two lists; an absent list is empty. -#}
{% macro list_concat(first, second) %}{{ adapter.dispatch('list_concat', 'waymart')(first, second) }}{% endmacro %}
{% macro default__list_concat(first, second) %}list_concat({{ first }}, {{ second }}){% endmacro %}
{% macro spark__list_concat(first, second) %}concat(coalesce({{ first }}, array()), coalesce({{ second }}, array())){% endmacro %}

{#- How many items a list has; null where it is absent. -#}
{% macro list_length(list) %}{{ adapter.dispatch('list_length', 'waymart')(list) }}{% endmacro %}
{% macro default__list_length(list) %}cast(len({{ list }}) as bigint){% endmacro %}
{% macro spark__list_length(list) %}cast(case when {{ list }} is not null then size({{ list }}) end as bigint){% endmacro %}
