{#- A table of counts and sums. A bounded build counts the rows that came and those that went (<fact>_new, <fact>_old),
    and settles the difference: exact, because measures are whole numbers and decimals, and independent of how many
    rows a cell or a day has. So a cell's model reads its facts through `rows_of`, every measure
    adds up, and a cell in which all is zero is none.

    Of its `meta`, `cell_date` is the date, `cell_keys` the other columns that make a cell, and `may_be_unknown` the
    measures that are null where no row knows them. -#}
{% materialization cells, adapter='duckdb' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing is none or should_full_refresh() -%}
        {{ return(materialization_table_duckdb()) }}
    {%- endif -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set keys = config.get('meta')['cell_keys'] + [config.get('meta')['cell_date']] -%}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('settled') -%}
        {{ settle_cells(target_relation, keys) }}
    {%- endcall %}
    {%- if config.get('meta').get('may_be_unknown') -%}
        {{ count_unsure_cells_anew(target_relation, keys, compiled_code) }}
    {%- endif -%}
    {% call statement('main') -%}
        {{ replace_cells(target_relation, keys) }}
    {%- endcall %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% macro settle_cells(cells, keys) %}
    create or replace table {{ changes_of(cells, 'old') }} as {{ counted_over('old') }};
    create or replace table {{ changes_of(cells, 'new') }} as {{ counted_over('new') }};
    create or replace temporary table touched_{{ cells.identifier }} as
        select {{ keys | join(', ') }} from {{ changes_of(cells, 'old') }}
        union
        select {{ keys | join(', ') }} from {{ changes_of(cells, 'new') }};
    create or replace temporary table settled_{{ cells.identifier }} as
        {{ settled_cells(cells, keys, 'touched_' ~ cells.identifier) }};
{% endmacro %}

{% macro settled_cells(cells, keys, touched) -%}
    select
        {%- for key in keys %}
        touched.{{ key }},
        {%- endfor %}
        {%- for column in adapter.get_columns_in_relation(cells) if column.name not in keys %}
        {{ settled(column) }} as {{ column.name }},
        {%- endfor %}
        {{ is_unsure() }} as _is_unsure
    from {{ touched }} as touched
    {%- for alias, relation in [
        ('cells', cells), ('added', changes_of(cells, 'new')), ('removed', changes_of(cells, 'old'))
    ] %}
    left join {{ relation }} as {{ alias }} on {{ is_same_cell(alias, keys) }}
    {%- endfor %}
{%- endmacro %}

{% macro replace_cells(cells, keys) %}
    {%- set columns = adapter.get_columns_in_relation(cells) -%}
    {%- set names = columns | map(attribute='name') | join(', ') -%}
    delete from {{ cells }} as cells using touched_{{ cells.identifier }} as touched where {{ is_same_cell('cells', keys) }};
    insert into {{ cells }} ({{ names }})
        select {{ names }} from settled_{{ cells.identifier }} where {{ is_any_measure_left(columns, keys) }};
    drop table touched_{{ cells.identifier }};
    drop table settled_{{ cells.identifier }};
{% endmacro %}

{% macro is_any_measure_left(columns, keys) -%}
    {%- for column in columns if column.name not in keys and not column.dtype.lower().startswith('struct') -%}
        {{ column.name }} <> 0{{ ' or ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- Whether no difference tells if a measure is still known: what was known of it went, none came, and 0 remains. -#}
{% macro is_unsure() -%}
    {%- for measure in config.get('meta').get('may_be_unknown', []) %}
    (removed.{{ measure }} is not null and added.{{ measure }} is null and {{ settled_sum(measure) }} = 0) or
    {%- endfor %} false
{%- endmacro %}

{#- Such cells are few: they are counted over all rows of their dates. -#}
{% macro count_unsure_cells_anew(cells, keys, sql) %}
    {%- set date = config.get('meta')['cell_date'] -%}
    {%- set settled_cells = 'settled_' ~ cells.identifier -%}
    {%- set dates = run_query('select distinct ' ~ date ~ ' from ' ~ settled_cells ~ ' where _is_unsure').columns[0].values() -%}
    {%- if dates -%}
        {%- do run_query(
            'insert into ' ~ settled_cells ~ ' by name select cells.*, false as _is_unsure from (' ~ sql ~ ') as cells'
            ~ ' inner join ' ~ settled_cells ~ ' as touched on touched._is_unsure and ' ~ is_same_cell('cells', keys)
            ~ ' where cells.' ~ date ~ " in ('" ~ (dates | join("', '")) ~ "')"
        ) -%}
        {%- do run_query('delete from ' ~ settled_cells ~ ' where _is_unsure') -%}
    {%- endif -%}
{% endmacro %}

{#- The cells of the rows that went (old) or came (new): the model's own text, in which rows_of and has_arrived now mean
    those. -#}
{% macro counted_over(which) %}
    {%- do context.update({'counted_rows': which}) -%}
    {%- set sql = render(model.raw_code) -%}
    {%- do context.update({'counted_rows': none}) -%}
    {{ return(sql) }}
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
        'case when coalesce(cells.' ~ name ~ ', added.' ~ name ~ ', removed.' ~ name ~ ') is not null then cast('
        ~ settled_sum(name) ~ ' as ' ~ column.dtype ~ ') end'
    ) }}
{% endmacro %}

{% macro settled_sum(measure) -%}
    coalesce(cells.{{ measure }}, 0) + coalesce(added.{{ measure }}, 0) - coalesce(removed.{{ measure }}, 0)
{%- endmacro %}

{#- Join condition of the cells that a build touches; unlike others, an unknown key is equal to an unknown one. -#}
{% macro is_same_cell(cells, keys) -%}
    {%- for key in keys -%}
        {{ cells }}.{{ key }} is not distinct from touched.{{ key }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
