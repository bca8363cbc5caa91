{#- What a bounded build makes of an incremental table on Spark. One whose `meta` has a `date`, an expression over a row,
    lies in a folder per date (`partition_date`, which no model reads), and only dates of which a row changed are
    written, each whole: its rows that no touched number has, and those that came. Other tables, small or narrow, are
    written anew from both. -#}
{% materialization incremental, adapter='spark' %}
    {{ run_hooks(pre_hooks) }}
    {%- if load_cached_relation(this) is none or should_full_refresh() -%}
        {%- do put_in_place(dated(contracted(sql))) -%}
    {%- elif config.get('incremental_strategy') == 'append' -%}
        {% call statement('main') -%}
            insert into {{ this }} select * from ({{ sql }}
            ) as new_rows
        {%- endcall %}
    {%- else -%}
        {%- do replace_rows(contracted(sql)) -%}
    {%- endif -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [this.incorporate(type='table')]}) }}
{% endmaterialization %}

{% macro dated(rows) %}
    {%- set date = config.get('meta', {}).get('date') -%}
    {%- if date -%}
        select /*+ rebalance(partition_date) */
            made.*,
            coalesce({{ date }}, date '1970-01-01') as partition_date
        from ({{ rows }}
        ) as made
    {%- else -%}
        {{ rows }}
    {%- endif -%}
{% endmacro %}

{% macro replace_rows(rows) %}
    {%- set meta = config.get('meta', {}) -%}
    {%- set old, new = changes_of(this, 'old'), changes_of(this, 'new') -%}
    {%- if config.get('unique_key') -%}
        {%- set keys = config.get('unique_key') -%}
        {%- set is_replaced = new ~ ' as replaced using (' ~ ([keys] if keys is string else keys) | join(', ') ~ ')' -%}
    {%- else -%}
        {%- set number = meta.get('number', 'month_date') -%}
        {%- set is_replaced = '(' ~ replaced_numbers() ~ ') as replaced on ' ~ number ~ ' = replaced.number' -%}
        {%- do make_table(old, 'select made.* from ' ~ this ~ ' as made left semi join ' ~ is_replaced) -%}
        {%- set rows = 'select made.* from (' ~ dated(rows) ~ ') as made left semi join ' ~ is_replaced -%}
    {%- endif -%}
    {%- do make_table(new, rows) -%}
    {%- set kept = 'select made.* from ' ~ this ~ ' as made left anti join ' ~ is_replaced -%}
    {%- if ages_of(this.identifier) -%}
        {%- set is_of_age = '(' ~ (times_come_of_age() | join(') or (') or 'false') ~ ')' -%}
        {%- do make_table(changes_of(this, 'aged'), kept ~ ' where ' ~ is_of_age) -%}
    {%- endif -%}
    {%- if meta.get('date') -%}
        {%- do overwrite_dates(old, new, kept) -%}
    {%- else -%}
        {%- do put_in_place(kept ~ ' union all select * from ' ~ new) -%}
    {%- endif -%}
{% endmacro %}

{#- Whose rows a build replaces. A scan has no number: it is its waybill's, under the identity it had or has. -#}
{% macro replaced_numbers() %}
    {%- if config.get('incremental_strategy') == 'replace_scans' -%}
        {%- set waybills = last_built('core', 'fct_waybills') -%}
        select waybill_id as number from {{ changes_of(waybills, 'old') }}
        union
        select waybill_id as number from {{ changes_of(waybills, 'new') }}
    {%- elif config.get('incremental_strategy') == 'replace_months' -%}
        {{ touched_months() }}
    {%- else -%}
        select number from {{ last_built('arrivals', 'touched_numbers') }}
        where kind = '{{ config.get('meta')['kind'] }}' and is_changed
    {%- endif -%}
{% endmacro %}

{#- Overwriting a date with nothing leaves it as it was, so one that became empty is dropped. Dates are literals, so
    that nothing of others is read. -#}
{% macro overwrite_dates(old, new, kept) %}
    {%- set touched = dates_of(
        '(select * from ' ~ old ~ ' except all select * from ' ~ new ~ ') union all '
        ~ '(select * from ' ~ new ~ ' except all select * from ' ~ old ~ ')'
    ) -%}
    {%- set rows -%}
        select * from ({{ kept }}) as kept where {{ is_of(touched) }}
        union all
        select * from {{ new }} where {{ is_of(touched) }}
    {%- endset -%}
    {%- set filled = dates_of(rows) -%}
    {% call statement('main') -%}
        insert overwrite table {{ this }} partition (partition_date)
        select /*+ rebalance(partition_date) */ * from ({{ rows }}) as rows
    {%- endcall %}
    {%- for date in touched if date not in filled -%}
        {%- do run_query('alter table ' ~ this ~ " drop if exists partition (partition_date = date '" ~ date ~ "')") -%}
    {%- endfor -%}
{% endmacro %}

{% macro dates_of(rows) %}
    {%- set dates = run_query('select distinct partition_date from (' ~ rows ~ ') as dated order by 1') -%}
    {{ return(dates.columns[0].values() | map('string') | list) }}
{% endmacro %}

{% macro is_of(dates) -%}
    {% if dates %}partition_date in (date '{{ dates | join("', date '") }}'){% else %}false{% endif %}
{%- endmacro %}
