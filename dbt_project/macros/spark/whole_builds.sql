{#- On Spark every build makes everything anew: nothing is remembered of the last one, and no strategy is asked. -#}
{% macro spark__built_load_id() %}{{ return(none) }}{% endmacro %}

{% macro spark__finish_build(results) %}{% endmacro %}

{% materialization cells, adapter='spark' %}
    {{ return(materialization_table_spark()) }}
{% endmaterialization %}

{#- dbt-spark's own macro, which knows only its own strategies. -#}
{% macro dbt_spark_validate_get_incremental_strategy(raw_strategy, file_format) %}{{ return(raw_strategy) }}{% endmacro %}
