{{ config(
    materialized='cells',
    meta={'cell_date': 'calendar_date', 'cell_keys': [
        'platform_id', 'currency', 'adcode', 'province_id', 'country_code', 'list_country_code', 'channel', 'tier_fixed', 'tier_at_date',
        'list_year_fixed', 'list_year_at_date',
    ], 'may_be_unknown': [
        'gmv_placed', 'gmv_net', 'gmv_received', 'gmv_paid_by_payment_date', 'paid_amount', 'refunded_amount',
        'gmv_under_way',
    ]}
) }}
-- A measure known to be none is 0: nothing was paid on the day of orders that are paid later or never, and nothing was
-- ordered on a day of payments alone. What no order of the cell can show stays null.
with orders as (
    select * from {{ rows_of('fct_orders') }}
),

city_tiers as (
    select * from {{ ref('dim_city_tiers') }}
),

tier_lists as (
    select distinct
        country_code,
        list_year,
        is_fixed_list,
        valid_from_date,
        valid_to_date
    from city_tiers
),

fixed_list as (
    select
        country_code,
        list_year
    from tier_lists
    where is_fixed_list
),

by_order_date as (
    select
        order_date as calendar_date,
        platform_id,
        currency,
        adcode,
        province_id,
        country_code,
        home_country_code,
        channel,
        tier_fixed,
        count(*) as order_count,
        count(*) filter (where is_paid) as paid_order_count,
        sum(gmv_placed) as gmv_placed,
        sum(gmv_paid) as gmv_paid,
        sum(gmv_net) as gmv_net,
        sum(gmv_received) as gmv_received,
        sum(case when payment_date is not null or not is_paid then 0 end) as gmv_paid_by_payment_date,
        sum(paid_amount) as paid_amount,
        sum(postage_amount) as postage_amount,
        sum(case when is_paid then platform_subsidy_amount else 0 end) as platform_subsidy_amount,
        sum(case when is_paid then 0 else platform_subsidy_amount end) as unpaid_subsidy_amount,
        sum(refunded_amount) as refunded_amount,
        sum(case
            when is_paid and not is_received and not is_cancelled then 0 * gmv_received + gmv_net
            else 0 * gmv_received
        end) as gmv_under_way
    from orders
    group by
        order_date, platform_id, currency, adcode, province_id, country_code, home_country_code, channel,
        tier_fixed
),

by_payment_date as (
    select
        payment_date as calendar_date,
        platform_id,
        currency,
        adcode,
        province_id,
        country_code,
        home_country_code,
        channel,
        tier_fixed,
        0 as order_count,
        0 as paid_order_count,
        0 * sum(gmv_placed) as gmv_placed,
        0 * sum(gmv_paid) as gmv_paid,
        0 * sum(gmv_net) as gmv_net,
        0 * sum(gmv_received) as gmv_received,
        sum(gmv_paid) as gmv_paid_by_payment_date,
        0 * sum(paid_amount) as paid_amount,
        0 * sum(postage_amount) as postage_amount,
        0 * sum(platform_subsidy_amount) as platform_subsidy_amount,
        0 * sum(platform_subsidy_amount) as unpaid_subsidy_amount,
        0 * sum(refunded_amount) as refunded_amount,
        0 * sum(gmv_received) as gmv_under_way
    from orders
    where is_paid and payment_date is not null and gmv_paid <> 0
    group by
        payment_date, platform_id, currency, adcode, province_id, country_code, home_country_code, channel,
        tier_fixed
),

-- Tiers are those of the country that is sold from; where that is not known, of the one that is sold to.
dated as (
    select
        *,
        coalesce(home_country_code, country_code) as list_country_code
    from by_order_date
    union all
    select
        *,
        coalesce(home_country_code, country_code) as list_country_code
    from by_payment_date
),

tiered as (
    select
        dated.*,
        fixed_list.list_year as list_year_fixed,
        lists_at_date.list_year as list_year_at_date,
        {{ city_tier(
            'dated.home_country_code', 'dated.country_code', 'dated.province_id', 'dated.adcode', 'tiers_at_date.tier'
        ) }} as tier_at_date
    from dated
    left join fixed_list
        on dated.list_country_code = fixed_list.country_code
    left join tier_lists as lists_at_date
        on
            dated.list_country_code = lists_at_date.country_code
            and dated.calendar_date >= lists_at_date.valid_from_date
            and (dated.calendar_date <= lists_at_date.valid_to_date or lists_at_date.valid_to_date is null)
    left join city_tiers as tiers_at_date
        on
            dated.adcode = tiers_at_date.adcode
            and lists_at_date.list_year = tiers_at_date.list_year
)

select
    platform_id,
    currency,
    adcode,
    province_id,
    country_code,
    list_country_code,
    channel,
    tier_fixed,
    tier_at_date,
    cast(list_year_fixed as {{ dbt.type_bigint() }}) as list_year_fixed,
    cast(list_year_at_date as {{ dbt.type_bigint() }}) as list_year_at_date,
    {{ total_count('sum(order_count)') }} as order_count,
    {{ total_count('sum(paid_order_count)') }} as paid_order_count,
    {{ total_amount('sum(gmv_placed)') }} as gmv_placed,
    {{ total_amount('sum(gmv_paid)') }} as gmv_paid,
    {{ total_amount('sum(gmv_net)') }} as gmv_net,
    {{ total_amount('sum(gmv_received)') }} as gmv_received,
    {{ total_amount('sum(gmv_paid_by_payment_date)') }} as gmv_paid_by_payment_date,
    {{ total_amount('sum(paid_amount)') }} as paid_amount,
    {{ total_amount('sum(postage_amount)') }} as postage_amount,
    {{ total_amount('sum(platform_subsidy_amount)') }} as platform_subsidy_amount,
    {{ total_amount('sum(unpaid_subsidy_amount)') }} as unpaid_subsidy_amount,
    {{ total_amount('sum(refunded_amount)') }} as refunded_amount,
    {{ total_amount('sum(gmv_under_way)') }} as gmv_under_way,
    calendar_date
from tiered
group by
    calendar_date, platform_id, currency, adcode, province_id, country_code, list_country_code, channel,
    tier_fixed, tier_at_date, list_year_fixed, list_year_at_date
