{#- How tables and views are made on DuckDB: replaced where they stand, in one statement of one transaction. dbt-duckdb's own
    way makes a second one beside it, renames both and drops the first, which takes as long as a small table itself. The
    statement still sees the table as it was: a model may read itself. A model in Python returns a frame, whose columns are
    cast to those of its yml: dbt enforces contracts of SQL alone. -#}
{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
    {%- set made = replaced(load_cached_relation(this), 'table') -%}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- if model.language == 'python' -%}
    {% call statement('main', language='python') -%}
        {{ written_from_python(made, compiled_code) }}
    {%- endcall %}
    {%- else -%}
    {% call statement('main') -%}
        {%- set enforced = config.get('contract').enforced -%}
        {{ get_assert_columns_equivalent(compiled_code) if enforced }}
        create or replace table {{ made }} as ({{ as_contracted(compiled_code) if enforced else compiled_code }})
    {%- endcall %}
    {%- endif -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ return({'relations': [made]}) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {%- set made = replaced(load_cached_relation(this), 'view') -%}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') -%}
        create or replace view {{ made }} as ({{ compiled_code }})
    {%- endcall %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ return({'relations': [made]}) }}
{% endmaterialization %}

{#- Rows with the columns of the model's contract, in its order and its types. -#}
{% macro as_contracted(sql) %}
    select
        {%- for column in model.columns.values() %}
        cast(contracted.{{ column.name }} as {{ column.data_type }}) as {{ column.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from ({{ sql }}) as contracted
{% endmacro %}

{#- Python that dbt-duckdb runs: the model, and what writes the frame that it returns. -#}
{% macro written_from_python(made, code) -%}
{{ code }}


def materialize(frame, connection):
    connection.register("returned", frame)
    connection.execute("""create or replace table {{ made }} as ({{ as_contracted('select * from returned') }})""")
    connection.unregister("returned")
{%- endmacro %}

{#- What takes the place of a relation; a view gives none to a table, nor a table to a view. -#}
{% macro replaced(existing, type) %}
    {%- if existing is not none and existing.type != type -%}
        {%- do adapter.drop_relation(existing) -%}
    {%- endif -%}
    {{ return(this.incorporate(type=type)) }}
{% endmacro %}
