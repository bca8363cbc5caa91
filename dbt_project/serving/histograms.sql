-- Percentiles from histograms that are merged over whatever cells a page selects.

-- Upper edges of the buckets in hours, as macros/histograms/histogram_edges.sql makes them; the bucket after
-- the last one has none.
create macro histogram_edges() as [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28,
    29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54,
    55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80,
    81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, 96, 102, 108, 114, 120, 126, 132, 138, 144,
    150, 156, 162, 168, 180, 192, 204, 216, 228, 240, 252, 264, 276, 288, 300, 312, 324, 336, 360, 384,
    408, 432, 456, 480, 504, 528, 552, 576, 600, 624, 648, 672, 696, 720, 792, 864, 936, 1008, 1080, 1152,
    1224, 1296, 1368, 1440
];

-- Waybills per bucket over the selected cells, the bucket above the last edge at the end.
create macro bucket_counts(histogram) as [
    sum(histogram.h1), sum(histogram.h2), sum(histogram.h3), sum(histogram.h4), sum(histogram.h5),
    sum(histogram.h6), sum(histogram.h7), sum(histogram.h8), sum(histogram.h9), sum(histogram.h10),
    sum(histogram.h11), sum(histogram.h12), sum(histogram.h13), sum(histogram.h14), sum(histogram.h15),
    sum(histogram.h16), sum(histogram.h17), sum(histogram.h18), sum(histogram.h19), sum(histogram.h20),
    sum(histogram.h21), sum(histogram.h22), sum(histogram.h23), sum(histogram.h24), sum(histogram.h25),
    sum(histogram.h26), sum(histogram.h27), sum(histogram.h28), sum(histogram.h29), sum(histogram.h30),
    sum(histogram.h31), sum(histogram.h32), sum(histogram.h33), sum(histogram.h34), sum(histogram.h35),
    sum(histogram.h36), sum(histogram.h37), sum(histogram.h38), sum(histogram.h39), sum(histogram.h40),
    sum(histogram.h41), sum(histogram.h42), sum(histogram.h43), sum(histogram.h44), sum(histogram.h45),
    sum(histogram.h46), sum(histogram.h47), sum(histogram.h48), sum(histogram.h49), sum(histogram.h50),
    sum(histogram.h51), sum(histogram.h52), sum(histogram.h53), sum(histogram.h54), sum(histogram.h55),
    sum(histogram.h56), sum(histogram.h57), sum(histogram.h58), sum(histogram.h59), sum(histogram.h60),
    sum(histogram.h61), sum(histogram.h62), sum(histogram.h63), sum(histogram.h64), sum(histogram.h65),
    sum(histogram.h66), sum(histogram.h67), sum(histogram.h68), sum(histogram.h69), sum(histogram.h70),
    sum(histogram.h71), sum(histogram.h72), sum(histogram.h73), sum(histogram.h74), sum(histogram.h75),
    sum(histogram.h76), sum(histogram.h77), sum(histogram.h78), sum(histogram.h79), sum(histogram.h80),
    sum(histogram.h81), sum(histogram.h82), sum(histogram.h83), sum(histogram.h84), sum(histogram.h85),
    sum(histogram.h86), sum(histogram.h87), sum(histogram.h88), sum(histogram.h89), sum(histogram.h90),
    sum(histogram.h91), sum(histogram.h92), sum(histogram.h93), sum(histogram.h94), sum(histogram.h95),
    sum(histogram.h96), sum(histogram.h102), sum(histogram.h108), sum(histogram.h114), sum(histogram.h120),
    sum(histogram.h126), sum(histogram.h132), sum(histogram.h138), sum(histogram.h144),
    sum(histogram.h150), sum(histogram.h156), sum(histogram.h162), sum(histogram.h168),
    sum(histogram.h180), sum(histogram.h192), sum(histogram.h204), sum(histogram.h216),
    sum(histogram.h228), sum(histogram.h240), sum(histogram.h252), sum(histogram.h264),
    sum(histogram.h276), sum(histogram.h288), sum(histogram.h300), sum(histogram.h312),
    sum(histogram.h324), sum(histogram.h336), sum(histogram.h360), sum(histogram.h384),
    sum(histogram.h408), sum(histogram.h432), sum(histogram.h456), sum(histogram.h480),
    sum(histogram.h504), sum(histogram.h528), sum(histogram.h552), sum(histogram.h576),
    sum(histogram.h600), sum(histogram.h624), sum(histogram.h648), sum(histogram.h672),
    sum(histogram.h696), sum(histogram.h720), sum(histogram.h792), sum(histogram.h864),
    sum(histogram.h936), sum(histogram.h1008), sum(histogram.h1080), sum(histogram.h1152),
    sum(histogram.h1224), sum(histogram.h1296), sum(histogram.h1368), sum(histogram.h1440),
    sum(histogram.above)
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
