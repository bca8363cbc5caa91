{#- What tests read. `dbt test` judges all rows; within a bounded build a test judges what that build took up. -#}

{#- A fact's rows, for a test of each: all of them, or what came with the build that this test is of. -#}
{% macro tested_rows(fact) %}
    {%- set relation = ref(fact) -%}
    {{ return(changes_of(relation, 'new') if is_bounded() else relation) }}
{% endmacro %}

{#- Whether a raw row must be in the tables that a test judges, and is theirs to judge now. What was loaded since they were
    built need not be. -#}
{% macro is_to_be_found(load_id='_load_id') -%}
    {{ has_arrived(load_id) }}
    {%- if execute and load_relation(builds()) is not none -%}
        {%- set until = run_query(
            'select min(until_load_id) from ' ~ builds() ~ " where node in ('" ~ (parents_of(model) | join("', '")) ~ "')"
        ).rows[0][0] -%}
        {%- if until is not none %} and {{ load_id }} <= {{ until }}{% endif -%}
    {%- endif -%}
{%- endmacro %}

{#- A table made of scans; where it holds only those that an earlier build touched, all scans in its place: those `of`
    which it is made. -#}
{% macro part_or_all_scans(part, of='true') %}
    {%- set relation, scans = ref(part), ref('int_waybill_events_classified') -%}
    {%- if execute and not is_bounded() and load_relation(builds()) is not none -%}
        {%- set is_part = run_query(
            'select count(after_load_id) from ' ~ builds() ~ " where node = 'model." ~ project_name ~ '.' ~ part ~ "'"
        ).rows[0][0] > 0 -%}
        {%- if is_part -%}
            {{ return('(select *, 1 as row_count from ' ~ scans ~ ' where ' ~ of ~ ' and ' ~ is_to_be_found() ~ ')') }}
        {%- endif -%}
    {%- endif -%}
    {{ return(relation) }}
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
    {%- set new = changes_of(relation, 'new') -%}
    {%- set test = model.test_metadata -%}
    {%- if test.name in ['unique', 'keys_are_unique'] -%}
        {%- set keys = (test.kwargs.columns or [test.kwargs.column_name]) | join(', ') -%}
        {%- set new -%}
            (select * from {{ relation }} semi join {{ new }} using ({{ keys }})) as tested
        {%- endset -%}
    {%- endif -%}
    {{ return(dbt.default__get_where_subquery(new)) }}
{% endmacro %}
