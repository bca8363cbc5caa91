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

{#- Keeps a small table as it was before a bounded build. -#}
{% macro keep_old() %}{{ adapter.dispatch('keep_old', 'waymart')() }}{% endmacro %}

{% macro default__keep_old() -%}
    {% if is_bounded() %}create or replace table {{ changes_of(this, 'old') }} as select * from {{ this }}{% endif %}
{%- endmacro %}
