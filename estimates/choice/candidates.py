"""Cells of parcels, with every courier that could carry them: what it would cost, how surely it arrives."""

from dataclasses import dataclass

import polars as pl

from estimates.choice.parcels import CELL
from estimates.choice.prices import Prices, learn_prices
from estimates.choice.punctuality import Punctuality, learn_punctuality

#: A courier is known on parcels whose price with it is known to such a share of it (a standard error): beyond
#: it the cheapest are mostly mistakes, as measured on simulated markets.
MOST_ERROR = 0.02


@dataclass(frozen=True)
class Known:
    """What is known of prices and times."""

    prices: Prices
    punctuality: Punctuality


def learn(parcels: pl.DataFrame, offers: pl.DataFrame | None = None) -> Known:
    """Learn from past parcels (`PARCEL` and `weight_band`), all old enough to have been attempted.

    Args:
        parcels: of one currency.
        offers: what rate cards ask (`learn_prices`).

    Raises:
        ValueError: none has a cost, or none an attempt.
    """
    prices = learn_prices(parcels, offers)
    return Known(prices, learn_punctuality(parcels, prices))


def usual_couriers(parcels: pl.DataFrame) -> pl.DataFrame:
    """Return merchant × courier seen together: what a merchant may use, where no contract says it."""
    return parcels.select("merchant_id", "courier_id").unique(maintain_order=True)


def candidates(parcels: pl.DataFrame, allowed: pl.DataFrame, known: Known) -> pl.DataFrame:
    """Return one row per cell and courier that carried the cell's parcels or may.

    Args:
        parcels: to be judged: `PARCEL` and `weight_band`.
        allowed: `merchant_id`, `courier_id`.
        known: learnt from parcels before these.

    Returns:
        `CELL`, `courier_id`; `parcel_count` of the cell, `carried_count` of them by this courier;
        `cost_amount` per parcel; `cost_error_share`, its standard error as a share of it; `probability` to
        arrive by the promise, null where nothing is promised on the lane; `probability_sample_count`
        parcels of the courier on the lane, `probability_weight`; `sample_count` parcels of such destination
        and weight it carried; `is_allowed`; `is_known`: its price is, and it was timed often enough.
    """
    timed = parcels.with_columns(known.punctuality.promised_hours(parcels).alias("promised_hours"))
    cells = timed.group_by(CELL, maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("parcel_count"), pl.col("promised_hours").median()
    )
    carried = timed.group_by(*CELL, "courier_id", maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("carried_count")
    )
    who = pl.concat(
        [
            carried.select(*CELL, "courier_id"),
            cells.select(CELL).join(allowed, on="merchant_id", maintain_order="left_right"),
        ]
    ).unique(maintain_order=True)
    weights = timed.group_by(*CELL, "kilogram_count", maintain_order=True).agg(pl.len().alias("alike_count"))
    each = who.join(weights, on=CELL, maintain_order="left_right")
    quotes = known.prices.quotes(each)
    each = each.with_columns(
        cost_amount=pl.Series(quotes.amounts()), cost_error_share=pl.Series(quotes.error_shares())
    )
    count = pl.col("alike_count")
    costs = each.group_by(*CELL, "courier_id", maintain_order=True).agg(
        *((pl.col(name) * count).sum() / count.sum() for name in ("cost_amount", "cost_error_share"))
    )
    rows = costs.join(cells, on=CELL, maintain_order="left").join(
        carried, on=[*CELL, "courier_id"], how="left", maintain_order="left"
    )
    sure = known.punctuality.of(rows.with_columns(pl.col("promised_hours").fill_null(0.0)))
    is_promised = pl.col("promised_hours").is_not_null()
    may = allowed.select("merchant_id", "courier_id").unique().with_columns(is_allowed=True)
    return (
        rows.with_columns(
            pl.col("carried_count").fill_null(0),
            pl.when(is_promised).then(pl.Series(sure.probability)).alias("probability"),
            pl.Series("probability_sample_count", sure.sample_count),
            pl.Series("probability_weight", sure.own_weight),
            known.prices.sample(rows).alias("sample_count"),
        )
        .join(may, on=["merchant_id", "courier_id"], how="left", maintain_order="left")
        .with_columns(
            pl.col("is_allowed").fill_null(False),
            is_known=(pl.col("cost_error_share") <= MOST_ERROR) & known.punctuality.is_timed(rows),
        )
        .sort(*CELL, "courier_id")
    )
