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

-- The merged counts with the rank of a share and its bucket. A list of one and a lambda name what is used
-- several times, so that the sums over a hundred buckets are written into the query once.
create macro reached(histogram, started, p) as list_transform(
    [{'counts': bucket_counts(histogram), 'rank': rank_of_share(started, p)}],
    lambda merged: {
        'counts': merged.counts,
        'rank': merged.rank,
        'bucket': bucket_of_rank(merged.counts, merged.rank)
    }
)[1];

-- Hours up to which the share `p` has arrived, taken to lie evenly inside its bucket (a, b]: more than a, at
-- most b, hence right to the bucket. Null when not reached, or only above the last edge.
create macro percentile_hours(histogram, started, p) as list_transform(
    [reached(histogram, started, p)],
    lambda found:
        coalesce(histogram_edges()[found.bucket - 1], 0)
        + (histogram_edges()[found.bucket] - coalesce(histogram_edges()[found.bucket - 1], 0))
        * (found.rank - coalesce(list_sum(found.counts[:found.bucket - 1]), 0)) / found.counts[found.bucket]
)[1];

-- True when nothing that is still under way can move the percentile: its bucket ends no later than the age of
-- the youngest waybill selected (null: nothing can be under way). Null when the percentile itself is.
create macro is_percentile_final(histogram, started, p, youngest_hours) as
    histogram_edges()[reached(histogram, started, p).bucket] <= coalesce(youngest_hours, 'infinity'::double);

-- The merged histogram as a list of buckets (more than from_hours, at most to_hours).
create macro distribution(histogram) as
    list_transform(bucket_counts(histogram), lambda counted, position: {
        'from_hours': coalesce(histogram_edges()[position - 1], 0),
        'to_hours': histogram_edges()[position],
        'waybill_count': counted::bigint
    });
