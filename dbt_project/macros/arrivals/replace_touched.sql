{#- How an incremental table takes up a bounded build: rows of touched numbers go, what was made of them comes.
    Of its `meta`, `number` is an expression over the table, `kind` order, waybill or account. Both sets stay, as
    <table>_old and <table>_new, for the cells that are counted from them. -#}
{% macro get_incremental_replace_touched_sql(arguments) %}
    {%- set columns = arguments['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {%- set is_touched -%}
        {{ config.get('meta')['number'] }} in (
            select number from {{ last_built('arrivals', 'touched_numbers') }}
            where kind = '{{ config.get('meta')['kind'] }}' and is_changed
        )
    {%- endset %}
    create or replace table {{ changes_of(this, 'old') }} as select {{ columns }} from {{ this }} where {{ is_touched }};
    create or replace table {{ changes_of(this, 'new') }} as
        select {{ columns }} from {{ arguments['temp_relation'] }} where {{ is_touched }};
    delete from {{ this }} where {{ is_touched }};
    insert into {{ this }} ({{ columns }}) select {{ columns }} from {{ changes_of(this, 'new') }};
{% endmacro %}

{#- The rows of a table that a bounded build replaced (old) and those that took their place (new). -#}
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

{#- The account of a consumer as the provider says it, without its platform. -#}
{% macro account_number() -%}
    substr(consumer_id, length(split_part(consumer_id, ':', 1)) + 2)
{%- endmacro %}

{% macro is_touched_account() -%}
    {% if is_bounded() -%}
    {{ account_number() }} in (
        select number from {{ last_built('arrivals', 'touched_numbers') }}
        where kind = 'account'
    )
    {%- else %}true{% endif %}
{%- endmacro %}

{#- Keeps a small table as it was before a bounded build. -#}
{% macro keep_old() -%}
    {% if is_bounded() %}create or replace table {{ changes_of(this, 'old') }} as select * from {{ this }}{% endif %}
{%- endmacro %}
