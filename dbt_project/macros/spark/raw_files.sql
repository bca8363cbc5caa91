{#- Where another program wrote the raw tables down, this is where the sources begin to see them. -#}
{% macro read_raw_files() %}{{ adapter.dispatch('read_raw_files', 'waymart')() }}{% endmacro %}

{% macro default__read_raw_files() %}{% endmacro %}

{#- On Spark sources are views over the Parquet of warehouse/spark_files.py. A folder names its rows' load, which Spark
    takes for a smaller number than it is. -#}
{% macro spark__read_raw_files() %}
    {%- if execute %}
        {%- do run_query('create schema if not exists raw') -%}
        {%- do run_query('create schema if not exists touched') -%}
        {%- for entity in touched_entities() %}
            {%- set columns -%}
                {%- if entity in ['loads', 'quarantine'] -%}
                *
                {%- else -%}
                * except (_load_id), cast(_load_id as {{ dbt.type_bigint() }}) as _load_id
                {%- endif -%}
            {%- endset -%}
            {%- do run_query(
                'create or replace view ' ~ last_built('raw', entity) ~ ' as select ' ~ columns
                ~ ' from parquet.`' ~ env_var('WAYMART_HOME', '../data') ~ '/spark/raw/' ~ entity ~ '`'
            ) -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}

{#- A session takes one statement at a time. -#}
{% macro spark__show_rows(entity, condition) %}{% do run_query(touched_view(entity, condition)) %}{% endmacro %}
