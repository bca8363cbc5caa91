-- All hours of a day are that day in the marts that count days.
with hours as (
    select
        platform_id,
        currency,
        calendar_date,
        sum(order_count) as order_count,
        sum(gmv_paid_by_payment_date) as gmv_paid_by_payment_date,
        sum(picked_up_count) as picked_up_count,
        sum(delivered_count) as delivered_count
    from {{ ref('mart_day_so_far') }}
    group by platform_id, currency, calendar_date
),

sold as (
    select
        platform_id,
        currency,
        calendar_date,
        sum(order_count) as order_count,
        sum(coalesce(gmv_paid_by_payment_date, 0)) as gmv_paid_by_payment_date
    from {{ ref('mart_city_tier_gmv') }}
    group by platform_id, currency, calendar_date
),

carried as (
    select
        platform_id,
        currency,
        calendar_date,
        sum(case when date_basis = 'picked_up' then waybill_count else 0 end) as picked_up_count,
        sum(case when date_basis = 'delivered' then waybill_count else 0 end) as delivered_count
    from {{ ref('mart_delivery_time') }}
    group by platform_id, currency, calendar_date
)

select
    hours.platform_id,
    hours.currency,
    hours.calendar_date
from hours
left join sold
    on
        hours.calendar_date = sold.calendar_date
        and hours.platform_id = sold.platform_id
        and hours.currency = sold.currency
left join carried
    on
        hours.calendar_date = carried.calendar_date
        and hours.platform_id = carried.platform_id
        and hours.currency = carried.currency
where
    hours.platform_id is not null
    and hours.currency is not null
    and (
        hours.order_count <> coalesce(sold.order_count, 0)
        or hours.gmv_paid_by_payment_date <> coalesce(sold.gmv_paid_by_payment_date, 0)
        or hours.picked_up_count <> coalesce(carried.picked_up_count, 0)
        or hours.delivered_count <> coalesce(carried.delivered_count, 0)
    )
