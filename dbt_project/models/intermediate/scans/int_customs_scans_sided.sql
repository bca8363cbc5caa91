-- What is told counts first: by the scan, then by where it was. Where nothing is told, customs that were passed before
-- others began were of export, and those of one passage only are of import: that is what providers mean by a clearance.
-- EPCIS names no customs: what is inspected or held on its way between two countries is taken to be with them.
with tracked as (
    select * from {{ ref('int_waybills_tracked') }}
    where customs_scans is not null
),

waybills as (
    select * from {{ ref('int_waybills_resolved') }}
),

provinces as (
    select * from {{ ref('provinces') }}
),

exploded as (
    select
        waybill_id,
        {{ explode('customs_scans') }} as scan
    from tracked
),

scans as (
    select
        waybill_id,
        scan.occurred_at,
        scan.reason,
        scan.side,
        scan.is_said,
        scan.province_id
    from exploded
),

told as (
    select
        scans.waybill_id,
        scans.occurred_at,
        scans.reason,
        case
            when scans.side is not null then scans.side
            when waybills.origin_country_code = waybills.destination_country_code then null
            when
                coalesce(provinces.country_code, split_part(scans.province_id, '-', 1))
                = waybills.destination_country_code
                then 'import'
            when coalesce(provinces.country_code, split_part(scans.province_id, '-', 1)) = waybills.origin_country_code
                then 'export'
        end as side
    from scans
    left join waybills
        on scans.waybill_id = waybills.waybill_id
    left join provinces
        on scans.province_id = provinces.province_id
    where scans.is_said or waybills.origin_country_code <> waybills.destination_country_code
),

passages as (
    select
        waybill_id,
        min(occurred_at) filter (where reason = 'cleared') as first_cleared_at,
        max(occurred_at) filter (where reason = 'start') as last_started_at
    from told
    group by waybill_id
)

select
    told.waybill_id,
    told.reason,
    coalesce(
        told.side,
        case
            when
                passages.first_cleared_at < passages.last_started_at
                and told.occurred_at <= passages.first_cleared_at
                then 'export'
            else 'import'
        end
    ) as side,
    told.side is not null as is_side_told,
    told.occurred_at
from told
inner join passages
    on told.waybill_id = passages.waybill_id
