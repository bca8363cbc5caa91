with waybills as (
    select
        platform_id,
        courier_id,
        waybill_system,
        destination_adcode,
        destination_province_id,
        destination_country_code,
        picked_up_date
    from {{ ref('fct_waybills') }}
    where picked_up_date is not null
),

{{ tier_list_ctes() }},

spans as (
    {{ whole_months('waybills', 'picked_up_date') }}
),

months as (
    select
        platform_id,
        courier_id,
        waybill_system,
        destination_adcode,
        destination_province_id,
        destination_country_code,
        {{ month_number('picked_up_date') }} as month_number,
        count(*) as waybill_count
    from waybills
    group by
        platform_id, courier_id, waybill_system, destination_adcode, destination_province_id,
        destination_country_code, {{ month_number('picked_up_date') }}
),

tiered as (
    select
        months.*,
        {{ city_tier(
            'months.destination_country_code', 'months.destination_province_id', 'months.destination_adcode',
            'fixed_tiers.tier', 'fixed_list.is_complete_list'
        ) }} as tier_fixed
    from months
    left join fixed_list
        on true
    left join fixed_tiers
        on months.destination_adcode = fixed_tiers.adcode
),

compared as (
    {{ with_compared_months(
        'tiered', ['platform_id', 'courier_id', 'waybill_system', 'tier_fixed'], ['waybill_count']
    ) }}
)

select
    compared.platform_id,
    compared.courier_id,
    compared.waybill_system,
    compared.tier_fixed,
    {% for name in ['waybill_count', 'waybill_count_month_before', 'waybill_count_year_before'] %}
    cast(coalesce(sum(compared.{{ name }}), 0) as {{ dbt.type_bigint() }}) as {{ name }},
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
