"""Percentiles of delivery time at every level at which parcels are alike, and the finest that can be used.

In front of the levels stands a learnt one: parcels of all lanes that go as far (``distances``). Parcels under
way are kept by Kaplan and Meier's estimate. The hour and the weekday at which a parcel's
clock started are taken off before and put back after, as hours more or less than the market's median.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from estimates.delivery.distances import LANE, distances
from estimates.delivery.kaplan_meier import quantiles_of_groups

#: From the finest to the coarsest; the first with enough finished parcels answers.
LEVELS: Mapping[str, tuple[str, ...]] = {
    "lane": LANE,
    "region_pair": ("courier_id", "origin_region", "destination_region"),
    "courier": ("courier_id",),
    "market": (),
}
#: The same with the learnt level in front.
LEARNT, DISTANCE = "learnt", "learnt_distance"
WITH_LEARNT: Mapping[str, tuple[str, ...]] = {LEARNT: (DISTANCE,), **LEVELS}
#: Published percentiles.
SHARES = (0.50, 0.75, 0.80, 0.85, 0.90, 0.95, 0.97, 0.99)
#: Fewer finished parcels are no level; so old ones say nothing of today.
LEAST, WINDOW = 30, timedelta(days=90)


@dataclass(frozen=True)
class Levels:
    """What is known at a moment.

    ``percentiles``: `level`, the keys of all levels (null where a level has none), `parcel_count`,
    `finished_count` and `p50` … in hours, the clock's correction taken off, null where too few have finished.
    ``parcels``: that this is known from, with `is_finished` and `learnt_distance`.
    ``distances``: of each lane, as ``distances`` returns them.
    ``hours`` and ``weekdays``: `hour` (0–23) and `weekday` (1 is Monday) → `correction_hours`.
    """

    percentiles: pl.DataFrame
    parcels: pl.DataFrame
    distances: pl.DataFrame
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
            when anything is known of the parcel. Without `kilometres` and `picked_up_at` nothing is learnt.
        as_of: arrivals from then on are not known yet, parcels started from then on do not exist.
    """
    known = parcels.filter(
        pl.col("started_at").is_between(as_of - WINDOW, as_of, closed="left")
    ).with_columns(is_finished=(pl.col("arrived_at") < as_of).fill_null(False))
    still = pl.min_horizontal(pl.lit(as_of), *(["known_until"] if "known_until" in known.columns else []))
    until = pl.when("is_finished").then("arrived_at").otherwise(pl.max_horizontal(still, "started_at"))
    known = known.with_columns(until=until, known_until=still)
    is_learnt = {"kilometres", "picked_up_at"} <= set(known.columns)
    nowhere = pl.lit(None, pl.Float64).alias("kilometres"), pl.col("started_at").alias("picked_up_at")
    learnt, without_own = distances(known if is_learnt else known.with_columns(nowhere))
    keys = list(dict.fromkeys(key for level in WITH_LEARNT.values() for key in level))
    types = {key: pl.Int64 if key == DISTANCE else pl.String for key in keys}
    hours_so_far = (pl.col("until") - pl.col("started_at")).dt.total_seconds() / 3600
    known = known.with_columns(without_own.alias(DISTANCE))
    lasted = known.select(*keys, "hour", "weekday", "is_finished", hours=hours_so_far)
    hours = _correction(lasted, "hour")
    without_hour = _without(lasted, hours, "hour")
    weekdays = _correction(without_hour, "weekday")
    plain = in_order(_without(without_hour, weekdays, "weekday"))
    found = [
        quantiles_by(plain, level, SHARES).with_columns(
            pl.lit(name).alias("level"),
            *(pl.lit(None, types[key]).alias(key) for key in keys if key not in level),
        )
        for name, level in WITH_LEARNT.items()
    ]
    columns = ["level", *keys, "parcel_count", "finished_count", *map(name_of, SHARES)]
    texts = (each.select(columns).cast(types) for each in found)  # type: ignore[arg-type]
    ordered = pl.concat(texts).filter(pl.col("finished_count") >= LEAST)
    return Levels(ordered.sort(columns[: len(keys) + 1]), known, learnt.sort(LANE), hours, weekdays)


def answer(
    questions: pl.DataFrame, known: Levels, among: Mapping[str, tuple[str, ...]] = LEVELS
) -> pl.DataFrame:
    """Return the questions with percentiles of the finest level that can be used, null where there is none.

    Args:
        questions: the keys of `LEVELS`, `hour` and `weekday` of the clock's start.
        known: as learnt by the time they are asked.
        among: the levels that may answer, the finest first: `LEVELS` or `WITH_LEARNT`.

    Returns:
        The questions in their order with `level`, `parcel_count`, `finished_count` and `p50` … in hours.
    """
    names = ["level", "parcel_count", "finished_count", *map(name_of, SHARES)]
    asked = _with_distance(questions, known.distances)
    for place, (name, keys) in enumerate(among.items()):
        rows = known.percentiles.filter(level=name).select(
            *(pl.col(key).cast(asked.schema[key]) for key in keys),
            *(pl.col(each).alias(f"{each}_{place}") for each in names),
        )
        how = {"on": list(keys), "how": "left", "maintain_order": "left"} if keys else {"how": "cross"}
        if keys or len(rows):
            asked = asked.join(rows, **how)  # type: ignore[arg-type]
    there = [place for place in range(len(among)) if f"level_{place}" in asked.columns]
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


def _with_distance(parcels: pl.DataFrame, learnt: pl.DataFrame) -> pl.DataFrame:
    """Return the parcels with the learnt distance of their lane, null where there is none."""
    of_lane = learnt.select(*(pl.col(key).cast(parcels.schema[key]) for key in LANE), DISTANCE)
    return parcels.join(of_lane, on=LANE, how="left", maintain_order="left")


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
