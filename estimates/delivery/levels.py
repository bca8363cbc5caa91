"""Percentiles of delivery time at every level at which parcels are alike, and the finest that can be used.

Parcels under way are kept by Kaplan and Meier's estimate. The hour and the weekday at which a parcel's
clock started are taken off before and put back after, as hours more or less than the market's median.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from estimates.delivery.kaplan_meier import quantiles_of_groups

#: From the finest to the coarsest; the first with enough finished parcels answers.
LEVELS: Mapping[str, tuple[str, ...]] = {
    "lane": ("courier_id", "service", "origin_province_id", "destination_province_id"),
    "region_pair": ("courier_id", "origin_region", "destination_region"),
    "courier": ("courier_id",),
    "market": (),
}
#: Published percentiles.
SHARES = (0.50, 0.75, 0.80, 0.85, 0.90, 0.95, 0.97, 0.99)
#: Fewer finished parcels are no level; so old ones say nothing of today.
LEAST, WINDOW = 30, timedelta(days=90)


@dataclass(frozen=True)
class Levels:
    """What is known at a moment.

    ``percentiles``: `level`, the keys of all levels (null where a level has none), `parcel_count`,
    `finished_count` and `p50` … in hours, the clock's correction taken off, null where too few have finished.
    ``hours`` and ``weekdays``: `hour` (0–23) and `weekday` (1 is Monday) → `correction_hours`.
    """

    percentiles: pl.DataFrame
    hours: pl.DataFrame
    weekdays: pl.DataFrame


def name_of(share: float) -> str:
    """Return the column of a percentile."""
    return f"p{round(share * 100)}"


def levels(parcels: pl.DataFrame, as_of: datetime) -> Levels:
    """Learn the levels from what had been received by a moment.

    Args:
        parcels: `started_at` and `arrived_at`, the latter as received (null while under way), `hour` and
            `weekday` of the clock's start on the local clock, and the keys of `LEVELS`. Cancelled, forwarded
            and returned parcels are left out by the caller. `known_until`, where the column is there: until
            when anything is known of the parcel.
        as_of: arrivals from then on are not known yet, parcels started from then on do not exist.
    """
    known = parcels.filter(
        pl.col("started_at").is_between(as_of - WINDOW, as_of, closed="left")
    ).with_columns(is_finished=(pl.col("arrived_at") < as_of).fill_null(False))
    still = pl.min_horizontal(pl.lit(as_of), *(["known_until"] if "known_until" in known.columns else []))
    until = pl.when("is_finished").then("arrived_at").otherwise(pl.max_horizontal(still, "started_at"))
    keys = list(dict.fromkeys(key for level in LEVELS.values() for key in level))
    hours_so_far = (until - pl.col("started_at")).dt.total_seconds() / 3600
    lasted = known.select(*keys, "hour", "weekday", "is_finished", hours=hours_so_far)
    hours = _correction(lasted, "hour")
    without_hour = _without(lasted, hours, "hour")
    weekdays = _correction(without_hour, "weekday")
    plain = in_order(_without(without_hour, weekdays, "weekday"))
    found = [
        quantiles_by(plain, level, SHARES).with_columns(
            pl.lit(name).alias("level"),
            *(pl.lit(None, pl.String).alias(key) for key in keys if key not in level),
        )
        for name, level in LEVELS.items()
    ]
    columns = ["level", *keys, "parcel_count", "finished_count", *map(name_of, SHARES)]
    texts = (each.select(columns).with_columns(pl.col(keys).cast(pl.String)) for each in found)
    ordered = pl.concat(texts).filter(pl.col("finished_count") >= LEAST)
    return Levels(ordered.sort(columns[: len(keys) + 1]), hours, weekdays)


def answer(questions: pl.DataFrame, known: Levels) -> pl.DataFrame:
    """Return the questions with percentiles of the finest level that can be used, null where there is none.

    Args:
        questions: the keys of `LEVELS`, `hour` and `weekday` of the clock's start.
        known: as learnt by the time they are asked.

    Returns:
        The questions in their order with `level`, `parcel_count`, `finished_count` and `p50` … in hours.
    """
    names = ["level", "parcel_count", "finished_count", *map(name_of, SHARES)]
    asked = questions
    for place, (name, keys) in enumerate(LEVELS.items()):
        rows = known.percentiles.filter(level=name).select(
            *(pl.col(key).cast(questions.schema[key]) for key in keys),
            *(pl.col(each).alias(f"{each}_{place}") for each in names),
        )
        how = {"on": list(keys), "how": "left", "maintain_order": "left"} if keys else {"how": "cross"}
        if keys or len(rows):
            asked = asked.join(rows, **how)  # type: ignore[arg-type]
    there = [place for place in range(len(LEVELS)) if f"level_{place}" in asked.columns]
    used = pl.coalesce(*(pl.when(pl.col(f"level_{place}").is_not_null()).then(place) for place in there))
    chosen = asked.with_columns(used=used).with_columns(
        pl.coalesce(*(pl.when(pl.col("used") == place).then(f"{name}_{place}") for place in there)).alias(
            name
        )
        for name in names
    )
    for table, key in ((known.hours, "hour"), (known.weekdays, "weekday")):
        chosen = (
            chosen.join(table, on=key, how="left", maintain_order="left")
            .with_columns(
                pl.col(name_of(share)) + pl.col("correction_hours").fill_null(0) for share in SHARES
            )
            .drop("correction_hours")
        )
    return chosen.select(
        *questions.columns, *names[:3], *(pl.col(name).clip(lower_bound=0) for name in names[3:])
    )


def in_order(lasted: pl.DataFrame) -> pl.DataFrame:
    """Return rows of `hours` and `is_finished` from the shortest on, what ends before what is still open."""
    return lasted.sort("hours", pl.col("is_finished").not_())


def quantiles_by(ordered: pl.DataFrame, keys: Sequence[str], shares: Sequence[float]) -> pl.DataFrame:
    """Return Kaplan and Meier's quantiles of each group.

    Args:
        ordered: the keys, `hours` (of what is under way, so far) and `is_finished`, ``in_order``.
        keys: of a group; none for all.
        shares: each in (0, 1).

    Returns:
        The keys, `parcel_count`, `finished_count` and `p50` …, null where too few have finished to say.
    """
    counts = {"parcel_count": pl.len(), "finished_count": pl.col("is_finished").sum()}
    groups = (
        ordered.with_columns(_all=0)
        .group_by(keys or "_all", maintain_order=True)
        .agg("hours", "is_finished", **{name: of.cast(pl.Int64) for name, of in counts.items()})
    )
    hours, is_finished = (groups[name].explode().to_numpy() for name in ("hours", "is_finished"))
    found = quantiles_of_groups(hours, is_finished, groups["parcel_count"].to_numpy(), shares)
    return groups.select(*keys, *counts).with_columns(
        pl.Series(name_of(share), of, nan_to_null=True) for share, of in zip(shares, found.T, strict=True)
    )


def _correction(lasted: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return by how many hours the median of each value of the key differs from the median of all."""
    median, ordered = name_of(0.5), in_order(lasted)
    of_all = quantiles_by(ordered, (), (0.5,))[median]
    by_key = quantiles_by(ordered, (key,), (0.5,)).filter(pl.col("finished_count") >= LEAST)
    middle = of_all[0] if len(of_all) else None
    return by_key.drop_nulls(median).select(key, correction_hours=pl.col(median) - middle).sort(key)


def _without(lasted: pl.DataFrame, correction: pl.DataFrame, key: str) -> pl.DataFrame:
    return (
        lasted.join(correction, on=key, how="left")
        .with_columns(pl.col("hours") - pl.col("correction_hours").fill_null(0))
        .drop("correction_hours")
    )
