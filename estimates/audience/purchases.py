"""What accounts bought: of which category, how dear within it, and when."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

Places = npt.NDArray[np.int64]

#: Prices of a category's lines are cut into so many bands.
BANDS = 3


@dataclass(frozen=True)
class Purchases:
    """Lines as columns of equal length; a line is its place in each."""

    #: Every account once, in order; `account` counts its places.
    accounts: pl.Series
    account: Places
    category: Places
    band: Places
    day: Places  # since 1970


def purchases(lines: pl.DataFrame) -> Purchases:
    """Return lines as numbers.

    Args:
        lines: `consumer_id`, `category_id`, `unit_price` (of one currency) and `order_date` of each line;
            without one of them a line says nothing.
    """
    known = lines.drop_nulls(["consumer_id", "category_id", "unit_price", "order_date"])
    band = (pl.col("unit_price").rank("average") * BANDS / pl.len()).ceil().over("category_id")
    columns = known.select(
        account=pl.col("consumer_id").rank("dense") - 1,
        category=pl.col("category_id").rank("dense") - 1,
        band=band.clip(1, BANDS) - 1,
        day=pl.col("order_date").dt.epoch("d"),
    ).cast(pl.Int64)
    return Purchases(known["consumer_id"].unique().sort(), *(column.to_numpy() for column in columns))
