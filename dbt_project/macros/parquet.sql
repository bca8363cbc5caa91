{#- A file of this project, read in place, so that a build that needs nothing of it does nothing with it. -#}
{% macro parquet(name) %}{{ adapter.dispatch('parquet', 'waymart')(name) }}{% endmacro %}

{% macro default__parquet(name) %}read_parquet('{{ parquet_file(name) }}'){% endmacro %}

{% macro spark__parquet(name) %}parquet.`{{ parquet_file(name) }}`{% endmacro %}

{% macro parquet_file(name) %}{{ return(invocation_args_dict.project_dir ~ '/' ~ name ~ '.parquet') }}{% endmacro %}
