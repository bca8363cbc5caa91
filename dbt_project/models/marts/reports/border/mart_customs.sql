with crossings as (
    select * from {{ ref('fct_border_crossings') }}
    where entry_date is not null
),

cells as (
    select
        provider_id,
        platform_id,
        courier_id,
        coalesce(hub_code, 'unknown') as border_hub,
        destination_country_code,
        coalesce(entry_channel, 'unknown') as entry_channel,
        {{ dbt.date_trunc('month', 'entry_date') }} as month_date,
        count(*) as entered_count,
        count(*) filter (where is_inspection_seen) as inspection_seen_count,
        count(*) filter (where is_held) as held_count,
        count(*) filter (where is_refused) as refused_count,
        count(*) filter (where import_started_at is not null and not is_refused) as import_started_count,
        count(import_seconds) filter (where not is_refused) as import_cleared_count,
        sum(import_seconds) filter (where not is_refused) as import_customs_seconds,
        {{ bucket_counts("case when not is_refused then " ~ hour_bucket('import_seconds') ~ " end") }} as import_counts
    from crossings
    group by
        provider_id, platform_id, courier_id, coalesce(hub_code, 'unknown'), destination_country_code,
        coalesce(entry_channel, 'unknown'), {{ dbt.date_trunc('month', 'entry_date') }}
)

select
    provider_id,
    platform_id,
    courier_id,
    border_hub,
    destination_country_code,
    entry_channel,
    entered_count,
    inspection_seen_count,
    held_count,
    refused_count,
    import_started_count,
    import_cleared_count,
    {{ total_count('coalesce(import_customs_seconds, 0)') }} as import_customs_seconds,
    {{ hour_histogram('import_counts') }} as import_histogram,
    cast(month_date as date) as month_date
from cells
