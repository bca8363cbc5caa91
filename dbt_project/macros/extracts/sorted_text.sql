{#- The distinct values of a text in order, as one text; the separator is an SQL literal. -#}
{% macro sorted_text(text, separator) %}
    {{ return(adapter.dispatch('sorted_text', 'waymart')(text, separator)) }}
{% endmacro %}

{% macro default__sorted_text(text, separator) %}array_to_string(list_sort(list(distinct {{ text }})), {{ separator }}){% endmacro %}

{% macro spark__sorted_text(text, separator) %}array_join(sort_array(collect_set({{ text }})), {{ separator }}){% endmacro %}
