{{ config(
    materialized='cells',
    meta={'cell_date': 'month_date', 'cell_keys': [
        'platform_id', 'courier_id', 'merchant_id', 'currency', 'waybill_system',
    ]}
) }}
-- Which couriers and labels a merchant uses: its waybills of every purpose at their pickup, and their paid GMV.
with waybills as (
    select
        waybill_id,
        platform_id,
        courier_id,
        merchant_id,
        currency,
        waybill_system,
        freight_cost_amount,
        picked_up_date
    from {{ rows_of('fct_waybills') }}
    where picked_up_date is not null
),

waybill_orders as (
    select
        waybill_id,
        gmv_paid
    from {{ rows_of('fct_waybill_orders') }}
),

carried as (
    select
        platform_id,
        courier_id,
        merchant_id,
        currency,
        waybill_system,
        {{ dbt.date_trunc('month', 'picked_up_date') }} as month_date,
        count(*) as waybill_count,
        count(freight_cost_amount) as freight_known_count,
        sum(freight_cost_amount) as freight_cost_amount,
        {{ total_amount('null') }} as gmv_paid
    from waybills
    group by
        platform_id, courier_id, merchant_id, currency, waybill_system,
        {{ dbt.date_trunc('month', 'picked_up_date') }}
),

paid as (
    select
        waybills.platform_id,
        waybills.courier_id,
        waybills.merchant_id,
        waybills.currency,
        waybills.waybill_system,
        {{ dbt.date_trunc('month', 'waybills.picked_up_date') }} as month_date,
        0 as waybill_count,
        0 as freight_known_count,
        null as freight_cost_amount,
        sum(waybill_orders.gmv_paid) as gmv_paid
    from waybill_orders
    inner join waybills
        on waybill_orders.waybill_id = waybills.waybill_id
    where waybill_orders.gmv_paid <> 0
    group by
        waybills.platform_id, waybills.courier_id, waybills.merchant_id, waybills.currency,
        waybills.waybill_system, {{ dbt.date_trunc('month', 'waybills.picked_up_date') }}
),

dated as (
    select * from carried
    union all
    select * from paid
)

select
    dated.platform_id,
    dated.courier_id,
    dated.merchant_id,
    dated.currency,
    dated.waybill_system,
    {{ total_count('sum(dated.waybill_count)') }} as waybill_count,
    {{ total_amount('coalesce(sum(dated.gmv_paid), 0)') }} as gmv_paid,
    {{ total_count('sum(dated.freight_known_count)') }} as freight_known_count,
    {{ total_amount('coalesce(sum(dated.freight_cost_amount), 0)') }} as freight_cost_amount,
    cast(dated.month_date as date) as month_date
from dated
group by
    dated.platform_id, dated.courier_id, dated.merchant_id, dated.currency, dated.waybill_system, dated.month_date
