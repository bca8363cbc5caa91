{#- On Spark the sources are views over the Parquet files that warehouse/spark_files.py exports; a folder per load names
    its load, which Spark reads as a smaller number than it is. Schema `touched` shows every row: each build makes
    everything anew. -#}
{% macro spark__show_all_rows() %}
    {%- if execute %}
        {%- do run_query('create schema if not exists raw') -%}
        {%- do run_query('create schema if not exists touched') -%}
        {%- for entity in touched_entities() %}
            {%- set files = 'parquet.`' ~ env_var('WAYMART_HOME', '../data') ~ '/spark/raw/' ~ entity ~ '`' -%}
            {%- set columns -%}
                {%- if entity in ['loads', 'quarantine'] -%}
                *
                {%- else -%}
                * except (_load_id), cast(_load_id as {{ dbt.type_bigint() }}) as _load_id
                {%- endif -%}
            {%- endset -%}
            {%- do run_query(
                'create or replace view ' ~ last_built('raw', entity) ~ ' as select ' ~ columns ~ ' from ' ~ files
            ) -%}
            {%- do run_query(
                'create or replace view ' ~ last_built('touched', entity)
                ~ ' as select * from ' ~ last_built('raw', entity)
            ) -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}
