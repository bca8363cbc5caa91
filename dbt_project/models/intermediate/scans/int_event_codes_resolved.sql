{{ config(
    materialized='incremental', unique_key=['provider_id', 'event_code'], incremental_strategy='delete+insert'
) }}
-- Each code is looked up once, however many scans carry it.
with event_codes as (
    select
        *,
        -- As `like` writes it; `!` takes the underscore by its word.
        replace(replace(code, '_', '!_'), '*', '%') as pattern
    from {{ ref('event_codes') }}
),

codes as (
    select
        provider_id,
        event_code
    from {{ ref('stg_event_codes') }}

    union

    -- Of these, some are only of derived parcels.
    select
        provider_id,
        code as event_code
    from event_codes
),

-- After a dot a code may carry a reason: customs.start.
ranked as (
    select
        codes.provider_id,
        codes.event_code,
        event_codes.milestone,
        coalesce(event_codes.reason, nullif(split_part(codes.event_code, '.', 2), '')) as reason,
        event_codes.is_unspecific,
        row_number() over (
            partition by codes.provider_id, codes.event_code
            order by
                case
                    when event_codes.code = split_part(codes.event_code, '.', 1) then 1
                    when event_codes.code like '%*' then 3
                    else 2
                end,
                length(event_codes.code) desc
        ) as meaning_rank
    from codes
    inner join event_codes
        on
            codes.provider_id = event_codes.provider_id
            and split_part(codes.event_code, '.', 1) like event_codes.pattern escape '!'
)

select
    provider_id,
    event_code,
    milestone,
    reason,
    is_unspecific
from ranked
where meaning_rank = 1
