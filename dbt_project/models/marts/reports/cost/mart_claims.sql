-- By the month of the parcel, so that what is asked and paid later stands beside what is due.
with claims as (
    select * from {{ ref('fct_claims') }}
),

claimed as (
    select distinct waybill_id from claims
),

waybills as (
    select * from {{ ref('fct_waybills') }}
    where is_lost or exception_reason = 'damaged' or waybill_id in (select waybill_id from claimed)
),

parcels as (
    select
        waybills.waybill_id,
        waybills.platform_id,
        waybills.courier_id,
        waybills.merchant_id,
        waybills.currency,
        waybills.is_lost,
        not waybills.is_lost and coalesce(waybills.exception_reason = 'damaged', false) as is_damaged,
        claimed.waybill_id is not null as is_claimed,
        cast({{ dbt.date_trunc(
            'month', 'coalesce(waybills.picked_up_date, waybills.registered_date, waybills.first_event_date)'
        ) }} as date) as month_date
    from waybills
    left join claimed
        on waybills.waybill_id = claimed.waybill_id
),

waybill_orders as (
    select * from {{ ref('fct_waybill_orders') }}
),

contents as (
    select
        waybill_id,
        sum(gmv_paid) as gmv_paid
    from waybill_orders
    where waybill_id in (select waybill_id from parcels)
    group by waybill_id
),

counted as (
    select
        parcels.platform_id,
        parcels.courier_id,
        parcels.merchant_id,
        parcels.currency,
        1 as due_count,
        case when parcels.is_lost then 1 else 0 end as lost_count,
        case when parcels.is_damaged then 1 else 0 end as damaged_count,
        case when parcels.is_claimed then 0 else 1 end as unclaimed_count,
        0 as claim_count,
        0 as paid_claim_count,
        0 as open_claim_count,
        contents.gmv_paid as due_amount,
        0 as claimed_amount,
        0 as claim_paid_amount,
        0 as open_claim_amount,
        parcels.month_date
    from parcels
    left join contents
        on parcels.waybill_id = contents.waybill_id
    union all
    select
        coalesce(claims.platform_id, parcels.platform_id) as platform_id,
        claims.courier_id,
        coalesce(claims.merchant_id, parcels.merchant_id) as merchant_id,
        claims.currency,
        0 as due_count,
        0 as lost_count,
        0 as damaged_count,
        0 as unclaimed_count,
        1 as claim_count,
        case when claims.claim_status_code = 'paid' then 1 else 0 end as paid_claim_count,
        case when claims.claim_status_code = 'open' then 1 else 0 end as open_claim_count,
        0 as due_amount,
        claims.claimed_amount,
        claims.claim_paid_amount,
        case when claims.claim_status_code = 'open' then claims.claimed_amount end as open_claim_amount,
        parcels.month_date
    from claims
    left join parcels
        on claims.waybill_id = parcels.waybill_id
)

select
    platform_id,
    courier_id,
    merchant_id,
    currency,
    {{ total_count('sum(due_count)') }} as due_count,
    {{ total_count('sum(lost_count)') }} as lost_count,
    {{ total_count('sum(damaged_count)') }} as damaged_count,
    {{ total_count('sum(unclaimed_count)') }} as unclaimed_count,
    {{ total_count('sum(claim_count)') }} as claim_count,
    {{ total_count('sum(paid_claim_count)') }} as paid_claim_count,
    {{ total_count('sum(open_claim_count)') }} as open_claim_count,
    {{ total_amount('coalesce(sum(due_amount), 0)') }} as due_amount,
    {{ total_amount('coalesce(sum(claimed_amount), 0)') }} as claimed_amount,
    {{ total_amount('coalesce(sum(claim_paid_amount), 0)') }} as claim_paid_amount,
    {{ total_amount('coalesce(sum(open_claim_amount), 0)') }} as open_claim_amount,
    month_date
from counted
group by platform_id, courier_id, merchant_id, currency, month_date
