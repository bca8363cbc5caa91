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
        where rowid in ({{ rows_come_of_age() }}) and not coalesce({{ is_touched }}, false);
    {%- endif %}
{% endmacro %}

{#- The rows one of whose times came of an age between the as-of time of the last build and that of this one. Bounded by
    literals, so that the engine skips whatever lies outside; a second more on both sides, since ages are whole. -#}
{% macro rows_come_of_age() %}
    {%- set selects = [] -%}
    {%- for provider, former, as_of in run_query(
        'select provider_id, cast(former_as_of_at as varchar), cast(as_of_at as varchar) from '
        ~ last_built('arrivals', 'dated_providers') ~ ' where as_of_at is not null'
    ).rows -%}
        {%- for time, seconds in config.get('meta')['ages'] -%}
            {%- set until = time ~ " <= timestamptz '" ~ as_of ~ "' - interval '" ~ (seconds - 1) ~ " seconds'" -%}
            {%- set since = time ~ " >= timestamptz '" ~ former ~ "' - interval '" ~ (seconds + 1) ~ " seconds'" -%}
            {%- do selects.append(
                'select rowid from ' ~ this ~ " where provider_id = '" ~ provider ~ "' and " ~ until
                ~ (' and ' ~ since if former else '')
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(selects | join(' union ') or 'null') }}
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
