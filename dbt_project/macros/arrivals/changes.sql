{#- The rows of a table that a bounded build replaced (old) and those that took their place (new); see replace_touched
    and cells. -#}
{% macro changes_of(relation, which) %}
    {{ return(api.Relation.create(
        database=target.get('database'), schema='intermediate', identifier=relation.identifier ~ '_' ~ which
    )) }}
{% endmacro %}

{#- A fact, for what is made of it row by row: all of it, or what came with a bounded build. -#}
{% macro came(fact) %}
    {%- set relation = ref(fact) -%}
    {{ return(changes_of(relation, 'new') if is_bounded() else relation) }}
{% endmacro %}

{#- A table whose sums are asked: all rows, each counting once (`_sign`); in a bounded build the rows that came, and those
    that went, which count minus once. -#}
{% macro changed(table) %}
    {%- set relation = ref(table) -%}
    {%- if is_bounded() -%}
    (
        select *, 1 as _sign from {{ changes_of(relation, 'new') }}
        union all
        select *, -1 as _sign from {{ changes_of(relation, 'old') }}
    )
    {%- else -%}
    (select *, 1 as _sign from {{ relation }})
    {%- endif -%}
{% endmacro %}

{#- The cells of all dates, or of the dates of which a bounded build settled any. -#}
{% macro cells_of_changed_dates(table) %}
    {%- set relation = ref(table) -%}
    {{ return(of_changed_dates(relation, graph.nodes['model.waymart.' ~ table]) if is_bounded() else relation) }}
{% endmacro %}

{% macro of_changed_dates(cells, node) %}
    {%- set day = node.config.meta['cell_date'] -%}
    (
        select * from {{ cells }}
        where {{ day }} in (
            select {{ day }} from {{ changes_of(cells, 'new') }}
            union
            select {{ day }} from {{ changes_of(cells, 'old') }}
        )
    )
{%- endmacro %}

{#- dbt's own macro, asked by its generic tests for the rows to test: all, or those that came with a bounded build. A key
    that came is unique if it is so among all rows. -#}
{% macro get_where_subquery(relation) %}
    {%- set node = graph.nodes.get(model.attached_node) if is_bounded() else none -%}
    {%- if not node -%}
        {{ return(dbt.default__get_where_subquery(relation)) }}
    {%- endif -%}
    {%- if node.config.materialized == 'cells' -%}
        {{ return(dbt.default__get_where_subquery(of_changed_dates(relation, node) ~ ' as tested')) }}
    {%- endif -%}
    {%- if node.config.incremental_strategy != 'replace_touched' -%}
        {{ return(dbt.default__get_where_subquery(relation)) }}
    {%- endif -%}
    {%- set came = changes_of(relation, 'new') -%}
    {%- set test = model.test_metadata -%}
    {%- if test.name in ['unique', 'keys_are_unique'] -%}
        {%- set keys = (test.kwargs.columns or [test.kwargs.column_name]) | join(', ') -%}
        {%- set came -%}
            (select * from {{ relation }} semi join {{ came }} using ({{ keys }})) as tested
        {%- endset -%}
    {%- endif -%}
    {{ return(dbt.default__get_where_subquery(came)) }}
{% endmacro %}

{#- Keeps a small table as it was before a bounded build. -#}
{% macro keep_old() %}{{ adapter.dispatch('keep_old', 'waymart')() }}{% endmacro %}

{% macro default__keep_old() -%}
    {% if is_bounded() %}create or replace table {{ changes_of(this, 'old') }} as select * from {{ this }}{% endif %}
{%- endmacro %}
