-- Percentiles from histograms that are merged over whatever cells a page selects.

{%- set edges = [] %}
{%- for first, last, step in var('histogram_steps') %}
    {%- set _ = edges.extend(range(first + step, last + 1, step)) %}
{%- endfor %}
-- Upper edges of the buckets in hours; the bucket after the last one has none.
create macro histogram_edges() as {{ edges }};

-- Waybills per bucket over the selected cells, the bucket above the last edge at the end.
create macro bucket_counts(histogram) as [
    {% for edge in edges %}sum(histogram.h{{ edge }}), {% endfor %}sum(histogram.above)
]::double[];

-- How many waybills the share `p` of those that started is: ceil(p * started). Null where none did.
create macro rank_of_share(started, p) as
    case when started > 0 then greatest(1, ceil(p * started - 1e-9))::double end;

-- Position of the bucket in which that many have arrived, those still open ranking last; null when they have
-- not. The accumulator counts down and turns into minus the position once it gets there.
create macro bucket_of_rank(counts, rank) as nullif(greatest(0, -list_reduce(
    counts,
    lambda remaining, counted, position:
        case
            when remaining < 0 then remaining
            when remaining <= counted then -position::double
            else remaining - counted
        end,
    rank
)), 0)::integer;

-- Counts with the rank of a share and its bucket. A list of one and a lambda name what is used several times, so
-- that the sums over a hundred buckets are written into the query once.
create macro reached(counts, started, p) as list_transform(
    [{'counts': counts, 'rank': rank_of_share(started, p)}],
    lambda merged: {
        'counts': merged.counts,
        'rank': merged.rank,
        'bucket': bucket_of_rank(merged.counts, merged.rank)
    }
)[1];

-- Hours up to which the share `p` has arrived, taken to lie evenly inside its bucket (a, b]: more than a, at
-- most b, hence right to the bucket. Null when not reached, or only above the last edge.
create macro percentile_of_counts(counts, started, p) as list_transform(
    [reached(counts, started, p)],
    lambda found:
        coalesce(histogram_edges()[found.bucket - 1], 0)
        + (histogram_edges()[found.bucket] - coalesce(histogram_edges()[found.bucket - 1], 0))
        * (found.rank - coalesce(list_sum(found.counts[:found.bucket - 1]), 0)) / found.counts[found.bucket]
)[1];

create macro percentile_hours(histogram, started, p) as percentile_of_counts(bucket_counts(histogram), started, p);

-- Whether the percentile would lie in its bucket if every waybill under way arrived now, as it does if none ever
-- arrives: those young enough to end in a bucket before it do not fill its rank. `under_way` waybills of a cell are
-- all at least `age_hours` old on this duration's clock (null: old enough). Null when the percentile itself is.
create macro is_percentile_of_counts_final(counts, started, p, under_way, age_hours) as list_transform(
    [{
        'found': reached(counts, started, p),
        'open': list({'count': under_way, 'age': age_hours}) filter (under_way > 0)
    }],
    lambda merged: case when histogram_edges()[merged.found.bucket] is not null then
        coalesce(list_sum(merged.found.counts[:merged.found.bucket - 1]), 0)
        + coalesce(list_sum(list_transform(
            merged.open,
            lambda cell: case
                when cell.age <= coalesce(histogram_edges()[merged.found.bucket - 1], 0) then cell.count
            end
        )), 0) < merged.found.rank
    end
)[1];

create macro is_percentile_final(histogram, started, p, under_way, age_hours) as
    is_percentile_of_counts_final(bucket_counts(histogram), started, p, under_way, age_hours);

-- The merged histogram as a list of buckets (more than from_hours, at most to_hours).
create macro distribution(histogram) as
    list_transform(bucket_counts(histogram), lambda counted, position: {
        'from_hours': coalesce(histogram_edges()[position - 1], 0),
        'to_hours': histogram_edges()[position],
        'waybill_count': counted::bigint
    });

-- How many of those that started took longer than so many hours, what is under way among them: the counterpart of
-- percentile_hours, which takes waybills to lie evenly inside their bucket, too.
create macro slower_count(histogram, started, longer_than) as started - list_sum(list_transform(
    bucket_counts(histogram),
    lambda counted, position: counted * coalesce(greatest(0, least(1,
        (cast(longer_than as double) - coalesce(histogram_edges()[position - 1], 0))
        / (histogram_edges()[position] - coalesce(histogram_edges()[position - 1], 0))
    )), 0)
));
