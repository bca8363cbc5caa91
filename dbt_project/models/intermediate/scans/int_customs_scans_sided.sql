-- What is told counts first: by the scan, then by where it was. Where nothing is told, customs that were passed before
-- others began were of export, and those of one passage only are of import: that is what providers mean by a clearance.
-- EPCIS names no customs: what is inspected or held on its way between two countries is taken to be with them, and
-- abroad with those of the country that it is in.
with tracked as (
    select * from {{ ref('int_waybills_tracked') }}
    where customs_scans is not null
),

registered as (
    select * from {{ ref('int_waybills_resolved') }}
),

described as (
    select * from {{ ref('int_waybills_described') }}
),

exploded as (
    select
        waybill_id,
        first_country_code,
        delivered_country_code,
        {{ explode('customs_scans') }} as scan
    from tracked
),

scans as (
    select
        exploded.waybill_id,
        exploded.scan.occurred_at,
        exploded.scan.reason,
        exploded.scan.side,
        exploded.scan.is_said,
        exploded.scan.country_code,
        coalesce(registered.origin_country_code, exploded.first_country_code) as origin_country_code,
        coalesce(
            registered.destination_country_code, described.destination_country_code, exploded.delivered_country_code
        ) as destination_country_code
    from exploded
    left join registered
        on exploded.waybill_id = registered.waybill_id
    left join described
        on exploded.waybill_id = described.waybill_id
),

told as (
    select
        waybill_id,
        occurred_at,
        reason,
        case
            when side is not null then side
            when origin_country_code = destination_country_code then null
            when country_code = destination_country_code then 'import'
            when country_code = origin_country_code then 'export'
            when destination_country_code is null and country_code <> origin_country_code then 'import'
        end as side
    from scans
    where
        is_said
        or origin_country_code <> destination_country_code
        or (destination_country_code is null and country_code <> origin_country_code)
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
