{#- Parquet knows neither `create or replace` nor `delete`. A table is made beside the one that stands and then takes
    its place, so a model may read what it was. -#}
{% materialization table, adapter='spark' %}
    {{ run_hooks(pre_hooks) }}
    {%- do put_in_place(contracted(sql)) -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [this.incorporate(type='table')]}) }}
{% endmaterialization %}

{% macro put_in_place(rows) %}
    {%- set draft = api.Relation.create(schema=this.schema, identifier=this.identifier ~ '_draft', type='table') -%}
    {%- do make_table(draft, rows, config.get('meta', {}).get('date')) -%}
    {%- set former = load_cached_relation(this) -%}
    {%- if former is not none -%}
        {%- do adapter.drop_relation(former) -%}
    {%- endif -%}
    {% call statement('main') -%}
        alter table {{ draft }} rename to {{ this }}
    {%- endcall %}
{% endmacro %}

{#- A table of rows; where they have a date, with a folder for each. -#}
{% macro make_table(relation, rows, date=none) %}
    {%- do run_query('drop table if exists ' ~ relation) -%}
    {%- set table -%}
        create table {{ relation }} using parquet {{ 'partitioned by (partition_date)' if date }} as
        {{ rows }}
    {%- endset -%}
    {%- do run_query(table) -%}
{% endmacro %}

{#- The rows of a model, its columns as its contract has them. -#}
{% macro contracted(sql) %}
    {%- if config.get('contract').enforced -%}
        {{ get_assert_columns_equivalent(sql) }}
        {{- get_select_subquery(sql) }}
    {%- else -%}
        {{ sql }}
    {%- endif -%}
{% endmacro %}

{% macro spark__keep_old() %}
    {%- if execute and is_bounded() -%}
        {%- do make_table(changes_of(this, 'old'), 'select * from ' ~ this) -%}
    {%- endif -%}
{% endmacro %}
