"""How far lanes go, in time: of a lane with few parcels those of all lanes that go as far tell most.

The distance of a lane is one number, the mean logarithm of the hours from pickup: by the kilometres between
its provinces, and how much more or less by courier and service, by either province and by the lane itself,
each moved to nothing where parcels are few.
"""

from datetime import timedelta

import numpy as np
import polars as pl

LANE = ("courier_id", "service", "origin_province_id", "destination_province_id")
#: What moves a distance before the lane does, and how many parcels count as much as none having been seen.
_WIDER = (
    (("courier_id", "service"), 30),
    (("origin_province_id",), 30),
    (("destination_province_id",), 30),
)
_STEADYING = 15
#: Distances are whole, in steps of ten per cent: finer ones lose more where parcels are few.
_STEPS = 10
#: Parcels picked up so long ago are learnt from: of younger ones the slow are still under way. An open one
#: counts as taking so long as it has lasted, and what took longer than the longest says no more.
_MATURE, _LONGEST_HOURS = timedelta(days=5), 15 * 24
#: Sums of whole millionths are the same in any order of the rows, those of fractions are not.
_MILLION = 1_000_000


def distances(parcels: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """Learn the distance of each lane from its parcels; the same parcels give the same in any order.

    Args:
        parcels: the keys of `LANE`, `kilometres` between its provinces, `picked_up_at` (null where not yet),
            `is_finished`, `until` (its arrival, or until when it is known to be under way) and `known_until`.
            What lacks a key or kilometres is left out.

    Returns:
        `LANE`, `learnt_distance`, `parcel_count` and `finished_count`: a row per lane that has a parcel,
        none where no parcel was picked up long enough ago. And of each parcel the distance of its lane as it
        would be without it, null where there is none: one that foretold itself would seem foretold too well.
    """
    hours = (pl.col("until") - pl.col("picked_up_at")).dt.total_seconds() / 3600
    is_counted = (pl.col("picked_up_at") <= pl.col("known_until") - _MATURE).fill_null(False)
    placed = parcels.select(
        *LANE,
        "kilometres",
        "is_finished",
        own_count=is_counted.cast(pl.Int64),
        own=pl.when(is_counted).then(_whole(hours.clip(1, _LONGEST_HOURS).log())).otherwise(0),
    )
    lanes = (
        placed.drop_nulls([*LANE, "kilometres"])
        .group_by(LANE)
        .agg(
            pl.col("kilometres").first(),
            parcel_count=pl.len().cast(pl.Int64),
            finished_count=pl.col("is_finished").sum().cast(pl.Int64),
            count=pl.col("own_count").sum(),
            took=pl.col("own").sum(),
        )
    )
    if not lanes["count"].sum():
        lanes = lanes.clear()
    lanes = lanes.with_columns(wider=_by_kilometres(lanes))
    for keys, steadying in _WIDER:
        rest = (pl.col("took") - _whole(pl.col("count") * pl.col("wider"))).sum().over(keys)
        count = pl.col("count").sum().over(keys) + steadying
        lanes = lanes.with_columns(wider=pl.col("wider") + rest / _MILLION / count)
    learnt = lanes.select(
        *LANE,
        _step(pl.col("took"), pl.col("count")).alias("learnt_distance"),
        "parcel_count",
        "finished_count",
    )
    joined = placed.join(
        lanes.select(*LANE, "wider", "took", "count"), on=LANE, how="left", maintain_order="left"
    )
    without = _step(pl.col("took") - pl.col("own"), pl.col("count") - pl.col("own_count"))
    return learnt, joined.select(without).to_series()


def _step(took: pl.Expr, count: pl.Expr) -> pl.Expr:
    """Return the distance of a lane with so many parcels that took so long, beside what is wider than it."""
    distance = (took / _MILLION + _STEADYING * pl.col("wider")) / (count + _STEADYING)
    return (distance * _STEPS).round().cast(pl.Int64)


def _by_kilometres(lanes: pl.DataFrame) -> pl.Series:
    """Return the mean logarithm of the hours at each lane's kilometres, on a curve through all."""
    at = lanes.group_by("kilometres").agg(pl.col("took", "count").sum()).filter(pl.col("count") > 0)
    if at.is_empty():
        return pl.Series([], dtype=pl.Float64)
    at = at.sort("kilometres")
    kilometres, took, count = (at[name].to_numpy().astype(np.float64) for name in at.columns)
    curve = np.polyfit(kilometres, took / _MILLION / count, min(2, len(at) - 1), w=np.sqrt(count))
    return pl.Series(np.polyval(curve, lanes["kilometres"].to_numpy().astype(np.float64)))


def _whole(of: pl.Expr) -> pl.Expr:
    return (of * _MILLION).round().cast(pl.Int64)
