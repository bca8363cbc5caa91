"""Parcels and what makes them alike: the columns that everything here reads, and the bands of weight."""

import polars as pl

#: Where a parcel goes.
LANE = ("origin_province_id", "destination_province_id")
#: Upper edges of the bands of weight, kilograms; a last band lies above them.
EDGES = (1, 2, 3, 5, 10, 20)
#: A recommendation is made for each of these.
CELL = ("merchant_id", *LANE, "weight_band")
#: What is read of a parcel. `kilogram_count` are begun ones; `cost_amount` in one currency, null where it
#: is not known; `hours` from the choice of the courier to the first attempt, null where none came;
#: `promised_hours` from the choice to the promise, null where nothing was promised.
PARCEL = {
    "merchant_id": pl.String,
    "courier_id": pl.String,
    "origin_province_id": pl.String,
    "destination_province_id": pl.String,
    "kilogram_count": pl.Int64,
    "cost_amount": pl.Float64,
    "hours": pl.Float64,
    "promised_hours": pl.Float64,
}


def weight_band(kilograms: pl.Expr) -> pl.Expr:
    """Return the band of begun kilograms as words: `0-1`, `1-2`, … `20+`."""
    band = pl.lit(f"{EDGES[-1]}+")
    for low, high in reversed([*zip((0, *EDGES), EDGES, strict=False)]):
        band = pl.when(kilograms <= high).then(pl.lit(f"{low}-{high}")).otherwise(band)
    return band


def with_band(parcels: pl.DataFrame) -> pl.DataFrame:
    """Return parcels with their `weight_band`."""
    return parcels.with_columns(weight_band(pl.col("kilogram_count")).alias("weight_band"))
