with waybills as (
    select
        platform_id,
        courier_id,
        waybill_system,
        tier_fixed,
        picked_up_date
    from {{ ref('fct_waybills') }}
    where picked_up_date is not null
),

spans as (
    {{ whole_months('waybills', 'picked_up_date') }}
),

months as (
    select
        platform_id,
        courier_id,
        waybill_system,
        tier_fixed,
        {{ month_number('picked_up_date') }} as month_number,
        count(*) as waybill_count
    from waybills
    group by platform_id, courier_id, waybill_system, tier_fixed, {{ month_number('picked_up_date') }}
),

compared as (
    {{ with_compared_months(
        'months', ['platform_id', 'courier_id', 'waybill_system', 'tier_fixed'], ['waybill_count']
    ) }}
)

select
    compared.platform_id,
    compared.courier_id,
    compared.waybill_system,
    compared.tier_fixed,
    {% for name in ['waybill_count', 'waybill_count_month_before', 'waybill_count_year_before'] %}
    {{ total_count('coalesce(sum(compared.' ~ name ~ '), 0)') }} as {{ name }},
    {% endfor %}
    {% for name, back in compared_months().items() %}
    compared.month_number - {{ back }} >= spans.first_whole_month_number
    and compared.month_number <= spans.last_whole_month_number as has_{{ name }},
    {% endfor %}
    {{ month_of_number('compared.month_number') }} as month_date
from compared
inner join spans
    on coalesce(compared.platform_id, '') = coalesce(spans.platform_id, '')
where compared.month_number <= spans.last_month_number
group by
    compared.platform_id, compared.courier_id, compared.waybill_system, compared.tier_fixed, compared.month_number,
    spans.first_whole_month_number, spans.last_whole_month_number
