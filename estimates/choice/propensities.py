"""With what chance a parcel went with each courier, counted by merchant and weight, leaning on all."""

import polars as pl

from estimates.choice.parcels import CELL

#: Parcels of all merchants that a merchant's own are weighed against, at each level.
_LEAN = 5.0
#: No chance is taken to be smaller, so that no parcel counts for more than fifty.
LEAST = 0.02


def propensities(parcels: pl.DataFrame, allowed: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    """Return `CELL`, `courier_id`, `propensity`: of each cell's parcels the expected share of each courier.

    Args:
        parcels: earlier ones. A parcel that is judged must not speak for its own courier: it would make rare
            choices, which stand for many parcels, look usual.
        allowed: `merchant_id`, `courier_id`; what was used besides counts as well.
        judged: parcels of the cells that are asked for.
    """
    pair = ["merchant_id", "courier_id"]
    pairs = pl.concat([each.select(pair) for each in (allowed, parcels, judged)]).unique(maintain_order=True)

    def counted(*keys: str) -> pl.DataFrame:
        return parcels.group_by(*keys).agg(pl.len().cast(pl.Float64).alias("n"))

    market = counted("courier_id").with_columns(market=pl.col("n")).drop("n")
    found = pairs.join(market, on="courier_id", how="left").with_columns(pl.col("market").fill_null(1.0))
    found = found.with_columns(prior=pl.col("market") / pl.col("market").sum().over("merchant_id"))
    own = counted("merchant_id", "courier_id")
    found = found.join(own, on=["merchant_id", "courier_id"], how="left").with_columns(
        pl.col("n").fill_null(0.0)
    )
    found = found.with_columns(
        prior=(pl.col("n") + _LEAN * pl.col("prior")) / (pl.col("n").sum().over("merchant_id") + _LEAN)
    ).drop("n")
    bands = judged.select("merchant_id", "weight_band").unique()
    found = found.join(bands, on="merchant_id")
    keys = ["merchant_id", "courier_id", "weight_band"]
    found = found.join(counted(*keys), on=keys, how="left").with_columns(pl.col("n").fill_null(0.0))
    whole = pl.col("n").sum().over("merchant_id", "weight_band")
    found = found.with_columns(propensity=(pl.col("n") + _LEAN * pl.col("prior")) / (whole + _LEAN))
    cells = judged.select(CELL).unique(maintain_order=True)
    return (
        cells.join(found, on=["merchant_id", "weight_band"])
        .select(*CELL, "courier_id", pl.col("propensity").clip(lower_bound=LEAST))
        .sort(*CELL, "courier_id")
    )
