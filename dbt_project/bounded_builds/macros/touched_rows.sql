{#- Staging reads raw through the views of schema `touched`. They show every row, but while a bounded build runs only
    the rows of the numbers that it touches. -#}
{% macro touched_entities() %}
    {{ return({
        'orders': 'order_number', 'order_lines': 'order_number', 'payments': 'order_number', 'refunds': 'order_number',
        'waybills': 'waybill_number', 'waybill_events': 'waybill_number', 'consumers': 'consumer_code',
        'merchants': none, 'products': none, 'pickup_points': none, 'returns': none, 'claims': none,
        'rate_cards': none, 'loads': none, 'quarantine': none,
    }) }}
{% endmacro %}

{#- Before every build, and once all has been made of what it touches. Asks nothing, so that no transaction is open. -#}
{% macro show_all_rows() %}
    {%- if execute %}
    create schema if not exists touched;
        {%- for entity in touched_entities() %}
    {{ show_rows(entity, 'true') }}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}

{% macro show_rows(entity, condition) %}{{ adapter.dispatch('show_rows', 'waymart')(entity, condition) }}{% endmacro %}

{% macro default__show_rows(entity, condition) %}{{ touched_view(entity, condition) }};{% endmacro %}

{% macro touched_view(entity, condition) -%}
    create or replace view {{ last_built('touched', entity) }} as
    select * from {{ last_built('raw', entity) }} where {{ condition }}
{%- endmacro %}

{#- Once it is known which numbers are touched. The loads that hold them are bounded by literals, so that the
    engine skips whatever lies outside: it keeps the smallest and greatest load of every block of rows. -#}
{% macro show_touched_rows() %}
    {%- if is_bounded() %}
        {%- set ranges = {
            'order_number': load_ranges('order'),
            'waybill_number': load_ranges('waybill'),
            'consumer_code': 'true',
        } -%}
        {%- for entity, number in touched_entities().items() if number %}
            {%- set is_touched -%}
                {{ ranges[number] }}
                and {{ number }} in (select number from {{ this }} where kind = '{{ number.split('_')[0] }}')
            {%- endset %}
    {{ show_rows(entity, is_touched) }}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}

{#- The loads between a touched number's first and last, where these spans overlap as one span. -#}
{% macro load_ranges(kind) %}
    {%- set spans = run_query(
        'with spans as (select distinct first_load_id, last_load_id from ' ~ this ~ " where kind = '" ~ kind ~ "'
            and first_load_id is not null),
        marked as (
            select
                *,
                case when first_load_id <= max(last_load_id) over (
                    order by first_load_id, last_load_id rows between unbounded preceding and 1 preceding
                ) + 1 then 0 else 1 end as is_start
            from spans
        ),
        islands as (
            select *, sum(is_start) over (order by first_load_id, last_load_id) as island from marked
        )
        select min(first_load_id), max(last_load_id) from islands group by island order by 1"
    ) -%}
    {%- set conditions = [] -%}
    {%- for first, last in spans.rows -%}
        {%- do conditions.append('_load_id between ' ~ first ~ ' and ' ~ last) -%}
    {%- endfor -%}
    {{ return('(' ~ (conditions | join(' or ') or 'false') ~ ')') }}
{% endmacro %}
