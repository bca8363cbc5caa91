{#- How an incremental table takes up a bounded build: rows of touched numbers go, what was made of them comes.
    Of its `meta`, `number` is an expression over the table, `kind` order, waybill or account. Both sets stay, as
    <table>_old and <table>_new, for the cells that are counted from them.

    A row may count for something else because time has passed: a promise is due, a parcel is old enough to be judged.
    Each mart says so (see ages_of). Rows that came of such an age since the last build stay what they are; as <table>_aged
    they are counted anew. -#}
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
    {%- if ages_of(this.identifier) %}
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
