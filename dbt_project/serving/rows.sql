-- The same readings over single waybills as over cells: for the rows of one merchant.

-- Hours from a time to the as-of time of the row's provider; null where either is unknown.
create macro hours_since(moment, of_provider) as (epoch((
    select provider.as_of_at from dim_providers as provider where provider.provider_id = of_provider
)) - epoch(moment)) / 3600;

-- Whether a waybill of the cohort has started on its way: it has ended it, or still may.
create macro has_started_way(is_timed, seconds, picked_up_at, handed_over_at) as
    coalesce(is_timed and (seconds is not null or (picked_up_at is not null and handed_over_at is null)), false);

-- Waybills per bucket (a, b] of hours, the bucket above the last edge at the end.
create macro counts_of_rows(seconds, has_started) as list_transform(
    [coalesce(map_values(histogram(greatest(seconds, 0) / 3600, histogram_edges()::double[]) filter (
        where has_started and seconds is not null
    )), [])],
    lambda counted: list_resize(counted, len(histogram_edges()) + 1, 0)
)[1]::double[];

create macro percentile_of_rows(seconds, has_started, p) as
    percentile_of_counts(counts_of_rows(seconds, has_started), count(*) filter (where has_started), p);

-- `age_hours` is each waybill's own: one under way can end no sooner.
create macro is_percentile_of_rows_final(seconds, has_started, p, age_hours) as is_percentile_of_counts_final(
    counts_of_rows(seconds, has_started),
    count(*) filter (where has_started),
    p,
    case when has_started and seconds is null then 1 else 0 end,
    age_hours
);
