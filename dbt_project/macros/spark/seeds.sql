{#- dbt-spark writes seeds as literals, an absent value as the word None. Spark reads the files itself. -#}
{% macro spark__create_csv_table(model, agate_table) %}
    {%- set file = model['root_path'] ~ '/' ~ model['original_file_path'] -%}
    {%- set lines = model['alias'] ~ '_lines' -%}
    {%- do run_query(
        'create or replace temporary view ' ~ lines ~ " using csv options (path '" ~ file ~ "', header 'true', escape '\"')"
    ) -%}
    {%- set table -%}
        create table {{ this }} using parquet as
        select
            {%- for column in agate_table.column_names %}
            cast({{ column }} as {{ spark_type(model['config']['column_types'][column]) }}) as {{ column }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ lines }}
    {%- endset -%}
    {%- do run_query(table) -%}
    {{ return(table) }}
{% endmacro %}

{#- They came with the table. -#}
{% macro spark__load_csv_rows(model, agate_table) %}{{ return('') }}{% endmacro %}
