{#- A table of counts and sums. A bounded build counts the rows that came and those that went (<fact>_new, <fact>_old),
    and settles the difference on the days they touch: exact, because measures are whole numbers and decimals, and
    independent of how many rows those days have. So a cell's model reads its facts by plain reference, every measure
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
    create or replace temporary table settled_{{ cells.identifier }} as
        with touched_dates as (
            select {{ keys[-1] }} from {{ changes_of(cells, 'old') }}
            union
            select {{ keys[-1] }} from {{ changes_of(cells, 'new') }}
        ),

        parts as (
            select *, 1 as part_sign from {{ cells }}
            where {{ keys[-1] }} in (select {{ keys[-1] }} from touched_dates)
            union all by name
            select *, 1 as part_sign from {{ changes_of(cells, 'new') }}
            union all by name
            select *, -1 as part_sign from {{ changes_of(cells, 'old') }}
        )

        select
            {{ keys | join(', ') }}
            {%- for column in columns if column.name not in keys %},
            {{ signed_sum(column) }} as {{ column.name }}
            {%- endfor %}
        from parts
        group by {{ keys | join(', ') }};
    delete from {{ cells }}
    where {{ keys[-1] }} in (select {{ keys[-1] }} from settled_{{ cells.identifier }});
    insert into {{ cells }} ({{ names | join(', ') }})
        select {{ names | join(', ') }} from settled_{{ cells.identifier }}
        where
            {%- for column in columns if column.name not in keys and not column.dtype.lower().startswith('struct') %}
            {{ column.name }} <> 0{{ ' or' if not loop.last }}
            {%- endfor %};
    drop table settled_{{ cells.identifier }};
{% endmacro %}

{#- The cells of the rows that went or came: the same model, its facts exchanged for them. Other tables stand as they
    are, but providers are as old as the rows: what a row counted for depended on the as-of time. -#}
{% macro counted_from(sql, which) %}
    {%- set relations = {} -%}
    {%- for node in model.depends_on.nodes -%}
        {%- set table = node.split('.')[-1] -%}
        {%- if table in ['fct_orders', 'fct_order_lines', 'fct_waybills', 'fct_waybill_orders']
            or (table == 'dim_providers' and which == 'old') -%}
            {%- set fact = last_built('core', table) -%}
            {%- do relations.update({fact | string: changes_of(fact, which) | string}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set exchanged = namespace(sql=sql) -%}
    {%- for fact, changes in relations.items() -%}
        {%- set exchanged.sql = exchanged.sql | replace(fact, changes) -%}
    {%- endfor -%}
    {{ return(exchanged.sql) }}
{% endmacro %}

{% macro signed_sum(column) %}
    {%- if column.dtype.lower().startswith('struct') -%}
        {%- set fields = {} -%}
        {%- for edge in histogram_edges() + ['above'] -%}
            {%- set field = edge if edge == 'above' else 'h' ~ edge -%}
            {%- do fields.update({
                field: 'cast(sum(part_sign * ' ~ column.name ~ '.' ~ field ~ ') as integer)'
            }) -%}
        {%- endfor -%}
        {{ return(struct_of(fields)) }}
    {%- endif -%}
    {{ return('cast(sum(part_sign * ' ~ column.name ~ ') as ' ~ column.dtype ~ ')') }}
{% endmacro %}
