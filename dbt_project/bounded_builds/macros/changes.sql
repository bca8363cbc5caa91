{#- The rows of a table that a bounded build replaced (old) and those that took their place (new); see replace_touched
    and cells. -#}
{% macro changes_of(relation, which) %}
    {{ return(api.Relation.create(
        database=target.get('database'), schema='intermediate', identifier=relation.identifier ~ '_' ~ which
    )) }}
{% endmacro %}

{#- What a mart counts: the rows of a fact, or of providers as old as they are. They are all rows, unless the mart takes up
    what arrived: then a model made row by row reads those that came, and cells are counted twice, over those that came
    (new) and over those that went (old), each with the rows that came of an age. -#}
{% macro rows_of(name) %}
    {%- set relation = ref(name) -%}
    {%- if not execute or not is_bounded() -%}
        {{ return(relation) }}
    {%- endif -%}
    {%- set which = 'new' if model.config.materialized == 'incremental' else context.get('counted_rows') -%}
    {%- set node = graph.nodes['model.' ~ project_name ~ '.' ~ name] -%}
    {%- if which is none or (node.config.materialized != 'incremental' and which == 'new') -%}
        {{ return(relation) }}
    {%- endif -%}
    {%- if model.config.materialized == 'cells' and ages_of(name) -%}
        {{ return(
            '(select * from ' ~ changes_of(relation, which) ~ ' union all select * from ' ~ changes_of(relation, 'aged') ~ ')'
        ) }}
    {%- endif -%}
    {{ return(changes_of(relation, which)) }}
{% endmacro %}

{#- Whether a raw row is new to this build. Cells that count what arrived lose nothing of it. -#}
{% macro has_arrived(load_id='_load_id') -%}
    {%- set after = after_load_id() -%}
    {%- set counted = context.get('counted_rows') -%}
    {%- if after is none or (model.config.materialized == 'cells' and counted is none) -%}
        true
    {%- elif counted == 'old' -%}
        false
    {%- else -%}
        {{ load_id }} > {{ after }}
    {%- endif -%}
{%- endmacro %}

{#- A fact's rows, for a test of each: all of them, or what came with the build that this test is of. -#}
{% macro came(fact) %}
    {%- set relation = ref(fact) -%}
    {{ return(changes_of(relation, 'new') if is_bounded() else relation) }}
{% endmacro %}

{#- A table whose sums a test asks: all rows, each counting once (`_sign`); in a bounded build the rows that came, and those
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
    {{ return(
        of_changed_dates(relation, graph.nodes['model.' ~ project_name ~ '.' ~ table]) if is_bounded() else relation
    ) }}
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

{#- dbt's own macro, asked by its generic tests for the rows to test: all, or those that came with the bounded build that the
    test is of. A key that came is unique if it is so among all rows. -#}
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
