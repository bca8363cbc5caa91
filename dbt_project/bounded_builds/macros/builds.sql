{#- The table `arrivals.builds`; see plan_build. -#}
{% macro builds() %}
    {{ return(api.Relation.create(database=target.get('database'), schema='arrivals', identifier='builds', type='table')) }}
{% endmacro %}

{#- Its rows, as dictionaries. -#}
{% macro read_builds() %}
    {%- set rows = [] -%}
    {%- for row in run_query('select * from ' ~ builds() ~ ' order by node').rows -%}
        {%- do rows.append(row.dict()) -%}
    {%- endfor -%}
    {{ return(rows) }}
{% endmacro %}

{% macro write_builds(rows) %}
    {%- set texts = ['node', 'invocation_id', 'made_of', 'project'] -%}
    {%- set numbers = ['after_load_id', 'until_load_id', 'raw_row_count'] -%}
    {%- set selects = [] -%}
    {%- for row in rows -%}
        {%- set values = [] -%}
        {%- for name in texts -%}
            {%- do values.append("cast('" ~ row.get(name, '') ~ "' as " ~ dbt.type_string() ~ ') as ' ~ name) -%}
        {%- endfor -%}
        {%- for name in numbers -%}
            {%- set number = 'null' if row[name] is none else row[name] -%}
            {%- do values.append('cast(' ~ number ~ ' as ' ~ dbt.type_bigint() ~ ') as ' ~ name) -%}
        {%- endfor -%}
        {%- do selects.append('select ' ~ values | join(', ') ~ ', ' ~ ('true' if row.is_built else 'false') ~ ' as is_built') -%}
    {%- endfor -%}
    {#- Of seeds alone dbt makes no schema of models. -#}
    {%- do adapter.create_schema(builds()) -%}
    {%- do replace_table(builds(), selects | join(' union all ')) -%}
{% endmacro %}

{% macro replace_table(relation, rows) %}{{ adapter.dispatch('replace_table', 'waymart')(relation, rows) }}{% endmacro %}

{% macro default__replace_table(relation, rows) %}
    {%- do run_query('create or replace table ' ~ relation ~ ' as ' ~ rows) -%}
    {%- do adapter.commit() -%}
{% endmacro %}

{% macro spark__replace_table(relation, rows) %}{% do make_table(relation, rows) %}{% endmacro %}

{#- The newest load, and how many rows were loaded and are still there. -#}
{% macro raw_state() %}
    {%- set counts = [] -%}
    {%- for entity in touched_entities() if entity not in ['loads', 'quarantine'] -%}
        {%- do counts.append('(select count(*) from ' ~ last_built('raw', entity) ~ ')') -%}
    {%- endfor -%}
    {%- set found = run_query(
        'select coalesce(max(load_id), 0), ' ~ counts | join(' + ') ~ ' from ' ~ last_built('raw', 'loads')
    ).rows[0] -%}
    {{ return({'until_load_id': found[0], 'raw_row_count': found[1]}) }}
{% endmacro %}

{#- A table as the build before this one left it. A reference would close a circle. -#}
{% macro last_built(schema, table) %}
    {{ return(api.Relation.create(database=target.get('database'), schema=schema, identifier=table)) }}
{% endmacro %}

{#- Tables of models that are no longer there. What Spark built is taken back by what the models are. -#}
{% macro drop_removed_tables() %}{{ adapter.dispatch('drop_removed_tables', 'waymart')() }}{% endmacro %}

{% macro default__drop_removed_tables() %}
    {%- set made = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') | map(attribute='alias') | list -%}
    {%- set there = run_query(
        "select table_schema, table_name, table_type from information_schema.tables"
        ~ " where table_catalog = current_database() and table_schema in ('core', 'reports', 'extracts')"
    ) -%}
    {%- for schema, table, type in there.rows if table not in made -%}
        {%- do run_query('drop ' ~ ('view ' if type == 'VIEW' else 'table ') ~ last_built(schema, table)) -%}
    {%- endfor -%}
    {%- do adapter.commit() -%}
{% endmacro %}

{% macro spark__drop_removed_tables() %}{% endmacro %}
