"""What each account buys: how often, in which categories, and how dear within each."""

from datetime import date

import polars as pl

#: Prices of a category's lines are cut into so many bands.
BANDS = 3
#: Categories beyond the most bought ones are one.
_CATEGORIES_MAX = 60


def profiles(lines: pl.DataFrame, first: date, last: date) -> pl.DataFrame:
    """Return one row per account, in order of `consumer_id`, with a count of lines per feature.

    Features are all lines, those of some days, each category, each band of price within its category, and
    each of both.

    Args:
        lines: `consumer_id`, `category_id`, `unit_price` (of one currency) and `order_date` of each line;
            without an account, a category or a price a line says nothing.
        first: of the days on which the seed group bought; who bought nothing then did not buy this either.
        last: of these days.
    """
    known = lines.drop_nulls(["consumer_id", "category_id", "unit_price"])
    kept = known["category_id"].value_counts(sort=True)["category_id"].head(_CATEGORIES_MAX)
    known = known.with_columns(
        category=pl.when(pl.col("category_id").is_in(kept.implode()))
        .then("category_id")
        .otherwise(pl.lit("")),
        band=(pl.col("unit_price").rank("average") * BANDS / pl.len()).ceil().over("category_id"),
    ).with_columns(pl.format("band {}", pl.col("band").cast(pl.Int64).clip(1, BANDS)).alias("band"))
    known = known.with_columns(both=pl.format("{} {}", "category", "band"))
    is_then = pl.col("order_date").is_between(first, last)
    found = known.group_by("consumer_id").agg(lines=pl.len(), lines_then=is_then.sum())
    for feature in ("category", "band", "both"):
        counts = known.pivot(feature, index="consumer_id", values="unit_price", aggregate_function="len")
        found = found.join(counts, on="consumer_id", how="left")
    return found.with_columns(pl.exclude("consumer_id").fill_null(0).cast(pl.Float32)).sort("consumer_id")
