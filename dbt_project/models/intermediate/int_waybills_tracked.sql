-- Where several providers send scans of one waybill, the one that the seed ranks first supplies the milestones.
with milestones as (
    select * from {{ ref('int_waybill_events_aggregated') }}
),

providers as (
    select * from {{ ref('providers') }}
),

sent_by_several as (
    select waybill_id
    from milestones
    group by waybill_id
    having count(*) > 1
),

ranked as (
    select
        milestones.waybill_id,
        milestones.provider_id,
        row_number() over (
            partition by milestones.waybill_id
            order by providers.precedence nulls last, milestones.provider_id
        ) as provider_rank
    from milestones
    inner join sent_by_several
        on milestones.waybill_id = sent_by_several.waybill_id
    left join providers
        on milestones.provider_id = providers.provider_id
)

select milestones.*
from milestones
left join ranked
    on
        milestones.waybill_id = ranked.waybill_id
        and milestones.provider_id = ranked.provider_id
where coalesce(ranked.provider_rank, 1) = 1
