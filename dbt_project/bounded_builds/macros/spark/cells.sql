{#- Cells settle on Spark as on DuckDB; the table is written anew, for it is small beside what it counts. -#}
{% materialization cells, adapter='spark' %}
    {{ run_hooks(pre_hooks) }}
    {%- if load_cached_relation(this) is none or should_full_refresh() -%}
        {%- do put_in_place(contracted(sql)) -%}
    {%- else -%}
        {%- do make_table(changes_of(this, 'old'), counted_over('old')) -%}
        {%- do make_table(changes_of(this, 'new'), counted_over('new')) -%}
        {%- do put_in_place(kept_and_settled_cells(sql)) -%}
    {%- endif -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [this.incorporate(type='table')]}) }}
{% endmaterialization %}

{% macro kept_and_settled_cells(sql) %}
    {%- set date = config.get('meta')['cell_date'] -%}
    {%- set keys = config.get('meta')['cell_keys'] + [date] -%}
    {%- set columns = adapter.get_columns_in_relation(this) -%}
    {%- set names = columns | map(attribute='name') | join(', ') -%}
    {%- set touched -%}
        (
            select {{ keys | join(', ') }} from {{ changes_of(this, 'old') }}
            union
            select {{ keys | join(', ') }} from {{ changes_of(this, 'new') }}
        )
    {%- endset -%}
    {%- set settled = changes_of(this, 'settled') -%}
    {%- do make_table(settled, settled_cells(this, keys, touched)) -%}
    {%- set unsure = run_query('select distinct ' ~ date ~ ' from ' ~ settled ~ ' where _is_unsure').columns[0].values() -%}
    select {{ names }} from {{ this }} as cells
    left anti join {{ settled }} as touched on {{ is_same_cell('cells', keys) }}
    union all
    select {{ names }} from {{ settled }}
    where not _is_unsure and ({{ is_any_measure_left(columns, keys) }})
    {%- if unsure %}
    union all
    select {{ names }} from ({{ sql }}
    ) as cells
    left semi join {{ settled }} as touched on touched._is_unsure and {{ is_same_cell('cells', keys) }}
    where {{ date }} in (date '{{ unsure | join("', date '") }}')
    {%- endif %}
{% endmacro %}
