{#- A table of counts and sums. A bounded build counts the rows that came and those that went (<fact>_new, <fact>_old),
    and settles the difference: exact, because measures are whole numbers and decimals, and independent of how many
    rows a cell or a day has. So a cell's model reads its facts by plain reference, every measure
    adds up, and a cell in which all is zero is none.

    Of its `meta`, `cell_date` is the date and `cell_keys` the other columns that make a cell. -#}
{% materialization cells, adapter='duckdb' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing is none or should_full_refresh() -%}
        {{ return(materialization_table_duckdb()) }}
    {%- endif -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') -%}
        {{ settle_cells(target_relation, compiled_code) }}
    {%- endcall %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% macro settle_cells(cells, sql) %}
    {%- set keys = config.get('meta')['cell_keys'] + [config.get('meta')['cell_date']] -%}
    {%- set columns = adapter.get_columns_in_relation(cells) -%}
    {%- set names = columns | map(attribute='name') | list -%}
    create or replace table {{ changes_of(cells, 'old') }} as {{ counted_from(sql, 'old') }};
    create or replace table {{ changes_of(cells, 'new') }} as {{ counted_from(sql, 'new') }};
    create or replace temporary table touched_{{ cells.identifier }} as
        select {{ keys | join(', ') }} from {{ changes_of(cells, 'old') }}
        union
        select {{ keys | join(', ') }} from {{ changes_of(cells, 'new') }};
    create or replace temporary table settled_{{ cells.identifier }} as
        select
            {%- for key in keys %}
            touched.{{ key }},
            {%- endfor %}
            {%- for column in columns if column.name not in keys %}
            {{ settled(column) }} as {{ column.name }}{{ ',' if not loop.last }}
            {%- endfor %}
        from touched_{{ cells.identifier }} as touched
        {%- for alias, relation in [
            ('cells', cells), ('came', changes_of(cells, 'new')), ('went', changes_of(cells, 'old'))
        ] %}
        left join {{ relation }} as {{ alias }} on {{ is_same_cell(alias, keys) }}
        {%- endfor %};
    delete from {{ cells }} as cells using touched_{{ cells.identifier }} as touched where {{ is_same_cell('cells', keys) }};
    insert into {{ cells }} ({{ names | join(', ') }})
        select {{ names | join(', ') }} from settled_{{ cells.identifier }}
        where
            {%- for column in columns if column.name not in keys and not column.dtype.lower().startswith('struct') %}
            {{ column.name }} <> 0{{ ' or' if not loop.last }}
            {%- endfor %};
    drop table touched_{{ cells.identifier }};
    drop table settled_{{ cells.identifier }};
{% endmacro %}

{#- The cells of the rows that went or came: the same model, its facts exchanged for them. Other tables stand as they
    are, but providers are as old as the rows: what a row counted for depended on the as-of time. A model without such
    facts counts what arrived, and nothing of that ever goes. -#}
{% macro counted_from(sql, which) %}
    {%- set exchanged = namespace(sql=sql, has_facts=false) -%}
    {%- for id in model.depends_on.nodes -%}
        {%- set node = graph.nodes[id] -%}
        {%- set is_fact = node.config.incremental_strategy == 'replace_touched' -%}
        {%- if is_fact or (node.name == 'dim_providers' and which == 'old') -%}
            {%- set table = last_built(node.schema, node.name) -%}
            {%- set rows = changes_of(table, which) | string -%}
            {%- if is_fact and node.config.meta.get('ages') -%}
                {%- set rows = '(select * from ' ~ rows ~ ' union all select * from ' ~ changes_of(table, 'aged') ~ ')' -%}
            {%- endif -%}
            {%- set exchanged.sql = exchanged.sql | replace(table | string, rows) -%}
            {%- set exchanged.has_facts = exchanged.has_facts or is_fact -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if which == 'old' and not exchanged.has_facts -%}
        {{ return('select * from (' ~ sql ~ ') as cells where false') }}
    {%- endif -%}
    {{ return(exchanged.sql) }}
{% endmacro %}

{#- A measure that no row knows stays unknown. -#}
{% macro settled(column) %}
    {%- set name = column.name -%}
    {%- if column.dtype.lower().startswith('struct') -%}
        {%- set fields = {} -%}
        {%- for edge in histogram_edges() + ['above'] -%}
            {%- set field = name ~ '.' ~ (edge if edge == 'above' else 'h' ~ edge) -%}
            {%- do fields.update({field.split('.')[1]: settled_sum(field)}) -%}
        {%- endfor -%}
        {{ return(struct_of(fields)) }}
    {%- endif -%}
    {{ return(
        'case when coalesce(cells.' ~ name ~ ', came.' ~ name ~ ', went.' ~ name ~ ') is not null then cast('
        ~ settled_sum(name) ~ ' as ' ~ column.dtype ~ ') end'
    ) }}
{% endmacro %}

{% macro settled_sum(measure) -%}
    coalesce(cells.{{ measure }}, 0) + coalesce(came.{{ measure }}, 0) - coalesce(went.{{ measure }}, 0)
{%- endmacro %}

{#- Join condition of the cells that a build touches; unlike others, an unknown key is equal to an unknown one. -#}
{% macro is_same_cell(cells, keys) -%}
    {%- for key in keys -%}
        {{ cells }}.{{ key }} is not distinct from touched.{{ key }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
