{#- Which loads a build is about. A build is *bounded* when the one before it was whole: then it reads what arrived
    since, and what that touches. Otherwise it makes everything anew, as --full-refresh does.

    `arrivals.built_loads` has a row exactly while every table is whole: arrived_loads drops it before anything
    changes, the end of a run of every model in which nothing failed writes it. A killed build is therefore followed by a
    full one, and so is an erasure: it says how many raw rows there were. -#}
{% macro built_loads() %}
    {{ return(api.Relation.create(database=target.get('database'), schema='arrivals', identifier='built_loads', type='table')) }}
{% endmacro %}

{#- The newest load that every table holds; none where a table may hold less. -#}
{% macro built_load_id() %}
    {%- if not execute or flags.FULL_REFRESH or model.resource_type == 'unit_test' -%}
        {{ return(none) }}
    {%- endif -%}
    {%- if load_relation(built_loads()) is none -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set built = run_query(
        'select load_id from ' ~ built_loads() ~ ' where row_count = ' ~ raw_row_count()
        ~ ' - (select coalesce(sum(loaded_count), 0) from ' ~ last_built('raw', 'loads')
        ~ ' where load_id > (select max(load_id) from ' ~ built_loads() ~ '))'
    ).columns[0].values() -%}
    {{ return(built[0] if built else none) }}
{% endmacro %}

{#- How many rows were loaded and are still there. -#}
{% macro raw_row_count() -%}
    (
        {%- for entity in touched_entities() if entity not in ['loads', 'quarantine'] %}
        (select count(*) from {{ last_built('raw', entity) }}){{ ' +' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{#- The load after which this build reads; none when it reads everything. Fixed by arrived_loads. -#}
{% macro after_load_id() %}
    {%- if not execute or model.resource_type == 'unit_test' -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set arrived = adapter.get_relation(target.get('database'), 'arrivals', 'arrived_loads') -%}
    {%- if arrived is none -%}
        {{ return(none) }}
    {%- endif -%}
    {{ return(run_query('select max(after_load_id) from ' ~ arrived).columns[0].values()[0]) }}
{% endmacro %}

{% macro is_bounded() %}{{ return(after_load_id() is not none) }}{% endmacro %}

{#- Whether a raw row is new to this build. -#}
{% macro has_arrived(load_id='_load_id') -%}
    {%- set after = after_load_id() -%}
    {% if after is none %}true{% else %}{{ load_id }} > {{ after }}{% endif %}
{%- endmacro %}

{#- dbt's own macro, asked by its incremental models: they are made anew unless the build is bounded. -#}
{% macro should_full_refresh() %}
    {#- Seeds do not wait for arrived_loads, so they may not ask it. -#}
    {%- if model.resource_type == 'seed' -%}
        {{ return(flags.FULL_REFRESH) }}
    {%- endif -%}
    {{ return(not is_bounded()) }}
{% endmacro %}

{#- A table as the build before this one left it. A reference would close a circle. -#}
{% macro last_built(schema, table) %}
    {{ return(api.Relation.create(database=target.get('database'), schema=schema, identifier=table)) }}
{% endmacro %}

{#- At the end of a run: remember what was built, if every model was and nothing failed. -#}
{% macro finish_build(results) %}
    {%- if execute -%}
        {%- set models = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') | list -%}
        {%- set built = results | selectattr('node.resource_type', 'equalto', 'model') | list -%}
        {%- set failed = results | rejectattr('status', 'in', ['success', 'pass', 'warn', 'no-op']) | list -%}
        {%- if built | length == models | length and not failed %}
    create table {{ built_loads() }} as
        select
            coalesce(max(until_load_id), 0) as load_id,
            {{ raw_row_count() }} as row_count
        from {{ last_built('arrivals', 'arrived_loads') }};
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
