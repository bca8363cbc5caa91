-- The rules as a reader asks for them: of an area each country on the days that it belongs to it. Announced ones stand
-- here, too, and say so; where a country has a rule of its own, its area's does not hold.
with rules as (
    select * from {{ ref('stg_import_rules') }}
    where status <> 'withdrawn'
),

areas as (
    select * from {{ ref('trade_areas') }}
),

countries as (
    select
        area,
        country_code,
        valid_from,
        valid_to
    from areas

    union all

    select distinct
        destination as area,
        destination as country_code,
        cast(null as date) as valid_from,
        cast(null as date) as valid_to
    from rules
    where destination not in (select area from areas)
)

select
    rules.rule_id,
    countries.country_code as destination_country_code,
    rules.kind as charge_kind,
    coalesce(rules.origin, 'any') as rule_origin,
    coalesce(rules.channel, 'any') as rule_channel,
    coalesce(upper(rules.scheme), 'any') as rule_scheme,
    coalesce(rules.tariff_heading, 'any') as rule_heading,
    rules.currency as rule_currency,
    coalesce(cast(rules.exempt_up_to as {{ dbt.type_string() }}) || ' ' || rules.currency, 'none') as threshold,
    coalesce(cast(rules.applies_up_to as {{ dbt.type_string() }}) || ' ' || rules.currency, 'none') as rule_limit,
    coalesce(
        cast(rules.fixed_fee as {{ dbt.type_string() }})
        || coalesce('–' || cast(rules.fixed_fee_high as {{ dbt.type_string() }}), '') || ' ' || rules.currency,
        'none'
    ) as fixed_charge,
    coalesce(replace(rules.fee_per, ' ', '_'), 'none') as charged_per,
    rules.status as rule_status,
    rules.date_precision,
    rules.confidence as rule_confidence,
    rules.source as rule_source,
    cast(rules.rate_percent * cast(0.01 as decimal(3, 2)) as decimal(9, 5)) as charge_rate,
    case
        when countries.valid_from > rules.valid_from then countries.valid_from else rules.valid_from
    end as rule_from_date,
    case
        when rules.valid_to is null or countries.valid_to < rules.valid_to then countries.valid_to else rules.valid_to
    end as rule_to_date
from rules
inner join countries
    on
        rules.destination = countries.area
        and (countries.valid_to is null or rules.valid_from <= countries.valid_to)
        and (countries.valid_from is null or rules.valid_to is null or rules.valid_to >= countries.valid_from)
