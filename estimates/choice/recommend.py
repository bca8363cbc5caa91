"""Which courier each cell of parcels should go with, and why."""

import polars as pl

from estimates.choice.parcels import CELL

#: A recommended courier arrives by the promise with this probability at least.
TARGET = 0.9
#: Why: the cheapest in time and already used most; the cheapest in time; none is in time, the surest;
#: nothing is promised, so nothing can be judged; of none that may be used enough is known.
REASONS = ("stays", "cheapest_in_time", "surest", "no_promise", "not_known")


def recommend(rows: pl.DataFrame, *, target: float = TARGET) -> pl.DataFrame:
    """Return one row per cell of `candidates`.

    The cheapest courier in time among those allowed and known; where none is in time, the surest.

    Returns:
        `CELL`, `parcel_count`; `courier_id` recommended (null where it cannot be judged) and its columns of
        `candidates`; `present_courier_id` that carried most, `present_cost_amount` of what was carried as
        it was, per parcel; `next_courier_id`, `next_cost_amount` of the next cheapest in time; `reason`.
    """
    can = pl.col("is_allowed") & pl.col("is_known") & pl.col("probability").is_not_null()
    in_time = pl.col("probability") >= target
    ranked = (
        rows.filter(can)
        .with_columns(
            is_in_time=in_time,
            rank=pl.when(in_time).then(pl.col("cost_amount")).otherwise(2 - pl.col("probability")),
        )
        .sort(*CELL, pl.col("is_in_time").not_(), "rank", "courier_id")
    )
    first = ranked.group_by(CELL, maintain_order=True).first().drop("rank", "parcel_count", "promised_hours")
    following = (
        ranked.filter("is_in_time")
        .group_by(CELL, maintain_order=True)
        .agg(
            pl.col("courier_id").get(1, null_on_oob=True).alias("next_courier_id"),
            pl.col("cost_amount").get(1, null_on_oob=True).alias("next_cost_amount"),
        )
    )
    carried = pl.col("carried_count")
    present = rows.group_by(CELL, maintain_order=True).agg(
        pl.col("parcel_count").first(),
        pl.col("courier_id").sort_by(carried, -pl.col("cost_amount")).last().alias("present_courier_id"),
        ((pl.col("cost_amount") * carried).sum() / carried.sum()).alias("present_cost_amount"),
        pl.col("promised_hours").first(),
    )
    reason = (
        pl.when(pl.col("promised_hours").is_null())
        .then(pl.lit("no_promise"))
        .when(pl.col("courier_id").is_null())
        .then(pl.lit("not_known"))
        .when(pl.col("is_in_time").not_())
        .then(pl.lit("surest"))
        .when(pl.col("courier_id") == pl.col("present_courier_id"))
        .then(pl.lit("stays"))
        .otherwise(pl.lit("cheapest_in_time"))
    )
    found = present.join(first, on=CELL, how="left", maintain_order="left")
    found = found.join(following, on=CELL, how="left", maintain_order="left")
    return found.with_columns(reason=reason).drop("is_in_time", "is_allowed", "is_known")
