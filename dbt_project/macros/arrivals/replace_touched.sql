{#- How an incremental table takes up a bounded build: rows of touched numbers go, what was made of them comes.
    Of its `meta`, `number` is an expression over the table, `kind` order, waybill or account. Both sets stay, as
    <table>_old and <table>_new, for the cells that are counted from them.

    A row may count for something else because time has passed: a promise is due, a parcel is old enough to be judged.
    `ages` of its `meta` says after how many seconds from which of its times. Rows that came of such an age since the
    last build stay what they are; as <table>_aged they are counted anew. -#}
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
    {%- if config.get('meta').get('ages') %}
    create or replace table {{ changes_of(this, 'aged') }} as
        select {{ columns }} from {{ this }}
        where
            rowid in (
                {%- for is_of_age in times_come_of_age() %}
                select rowid from {{ this }} where {{ is_of_age }} union
                {%- endfor %}
                select null
            )
            and not coalesce({{ is_touched }}, false);
    {%- endif %}
{% endmacro %}

{#- Conditions on rows one of whose times came of an age between the as-of time of the last build and that of this one.
    Bounded by literals, so that the engine skips whatever lies outside; a second more on both sides, since ages are whole. -#}
{% macro times_come_of_age() %}
    {%- set text = dbt.type_string() -%}
    {%- set conditions = [] -%}
    {%- for provider, former, as_of in run_query(
        'select provider_id, cast(former_as_of_at as ' ~ text ~ '), cast(as_of_at as ' ~ text ~ ') from '
        ~ last_built('arrivals', 'dated_providers') ~ ' where as_of_at is not null'
    ).rows -%}
        {%- for time, seconds in config.get('meta')['ages'] -%}
            {%- set instant = time ~ ' {} ' ~ type_instant() ~ " '{}' - interval '{} seconds'" -%}
            {%- set until = instant.format('<=', as_of, seconds - 1) -%}
            {%- set since = ' and ' ~ instant.format('>=', former, seconds + 1) if former else '' -%}
            {%- do conditions.append("provider_id = '" ~ provider ~ "' and " ~ until ~ since) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(conditions) }}
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
