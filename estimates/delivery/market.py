"""What parcels of a market take now, at every level, and how often that was right.

The rows of `mart_delivery_estimates` and `mart_estimate_quality`.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

import polars as pl

from estimates.delivery.backtest import MATURE, ROWS, backtest, is_learnt_better
from estimates.delivery.distances import LANE
from estimates.delivery.great_circle import great_circle
from estimates.delivery.levels import (
    DISTANCE,
    LEARNT,
    LEVELS,
    SHARES,
    WINDOW,
    WITH_LEARNT,
    Levels,
    levels,
    name_of,
)

#: Where the clock of an estimate starts, as a column of `fct_waybills`.
TARGETS = {"payment": "clock_started_at", "pickup": "picked_up_at"}
#: What is read of `fct_waybills`.
READ = (
    *("provider_id", "courier_id", "service", "origin_province_id", "destination_province_id"),
    *("destination_country_code", "clock_started_at", "picked_up_at", "first_attempt_at"),
    *("promised_delivery_at", "merchant_id"),
)
#: Of those the rows that are a parcel on its way to a consumer, or were: what went back without an attempt,
#: was called off or sent elsewhere says nothing of how long a delivery takes.
IS_DELIVERY = (
    "purpose = 'sale' and not is_cancelled and not is_forwarded "
    "and (first_attempt_at is not null or not is_returned)"
)
#: The level of the rows that tell how far a lane goes.
LANE_DISTANCE = "lane_distance"
_KEYS = list(dict.fromkeys(key for keys in LEVELS.values() for key in keys))
_ROWS = {
    "estimate_target": pl.String,
    "estimate_level": pl.String,
    **dict.fromkeys(_KEYS, pl.String),
    DISTANCE: pl.Int64,
    "hour_of_day": pl.Int64,
    "weekday": pl.Int64,
    "sampled_count": pl.Int64,
    "arrived_count": pl.Int64,
    **{f"{name_of(share)}_estimate_hours": pl.Float64 for share in SHARES},
    "correction_hours": pl.Float64,
    "merchant_count": pl.Int64,
    "merchant_waybill_count": pl.Int64,
    "largest_merchant_id": pl.String,
    "largest_merchant_count": pl.Int64,
    "second_merchant_count": pl.Int64,
}


def since(providers: pl.DataFrame) -> datetime | None:
    """Return from when on parcels of `dim_providers` count, or None where nothing is known yet."""
    as_of = _as_of(providers)
    return None if as_of is None else as_of - WINDOW


def delivery_estimates(
    waybills: pl.DataFrame,
    providers: pl.DataFrame,
    provinces: pl.DataFrame,
    learnt: Collection[str] = (),
) -> pl.DataFrame:
    """Return percentiles of each target and level, and how far hour and weekday of the start change them.

    Args:
        waybills: the columns `READ` of `fct_waybills` where `IS_DELIVERY`.
        providers: `dim_providers`: what each knows lasts until its own `as_of_at`.
        provinces: `dim_provinces`, for the regions of mainland China (elsewhere a country is its own region)
            and for how far apart they are.
        learnt: the targets of which the learnt level is told, with how far each lane goes.

    Returns:
        The columns of `mart_delivery_estimates`, hours; in order of target, level and what makes it.
    """
    as_of = _as_of(providers)
    empty = pl.DataFrame(schema=_ROWS)
    if as_of is None or waybills.is_empty():
        return empty
    # What arrived at the very last moment is known.
    moment = as_of + timedelta(microseconds=1)
    found = [
        _of_target(parcels, moment, target in learnt).with_columns(estimate_target=pl.lit(target))
        for target, parcels in started(waybills, providers, provinces).items()
    ]
    rows = pl.concat([empty, *(each.select(*_ROWS).cast(_ROWS) for each in found)])  # type: ignore[arg-type]
    return rows.sort(list(_ROWS)[:11], nulls_last=True)


def replayed_since(providers: pl.DataFrame, weeks: int) -> datetime | None:
    """Return from when on parcels count where so many weeks are replayed, or None as ``since`` does."""
    first = since(providers)
    return None if first is None else first - MATURE - timedelta(weeks=weeks + 1)


def estimate_quality(
    waybills: pl.DataFrame,
    providers: pl.DataFrame,
    provinces: pl.DataFrame,
    weeks: int,
    kept: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return how often the estimates of the last mature weeks were right, of both targets.

    Args:
        waybills: as ``delivery_estimates`` takes them, and `providers` and `provinces`.
        providers: see there.
        provinces: see there.
        weeks: so many.
        kept: the rows of before; a week whose parcels are as they were is taken from them.

    Returns:
        `estimate_target` and what ``backtest`` returns.
    """
    as_of = _as_of(providers)
    rows = {"estimate_target": pl.String, **ROWS}
    found = [pl.DataFrame(schema=rows)]
    if as_of is not None and len(waybills):
        for target, parcels in started(waybills, providers, provinces).items():
            of_target = None if kept is None else kept.filter(estimate_target=target)
            judged = backtest(parcels, as_of, weeks, of_target)
            found.append(judged.with_columns(estimate_target=pl.lit(target)).select(*rows))
    return pl.concat(found)


def learnt_targets(quality: pl.DataFrame) -> list[str]:
    """Return the targets of which the learnt level did better than the levels alone.

    Args:
        quality: what ``estimate_quality`` returned.
    """
    return [target for target in TARGETS if is_learnt_better(quality.filter(estimate_target=target))]


def started(
    waybills: pl.DataFrame, providers: pl.DataFrame, provinces: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """Return the parcels of each target as ``levels`` wants them; takes what ``delivery_estimates`` takes."""
    placed = _placed(waybills, provinces).join(
        providers.select("provider_id", "time_zone", known_until="as_of_at"), on="provider_id"
    )
    return {target: _started(placed, start) for target, start in TARGETS.items()}


def _as_of(providers: pl.DataFrame) -> datetime | None:
    newest = providers["as_of_at"].max()
    assert newest is None or isinstance(newest, datetime)
    return newest


def _placed(waybills: pl.DataFrame, provinces: pl.DataFrame) -> pl.DataFrame:
    """Return the parcels with the regions that they go between, and the kilometres between the provinces."""
    regions = provinces.select(
        "province_id", "latitude", "longitude", region=pl.coalesce("region", "country_code")
    )
    ends = []
    for end in ("origin", "destination"):
        named = regions.rename({"province_id": f"{end}_province_id", "region": f"{end}_region"})
        waybills = waybills.join(named, on=f"{end}_province_id", how="left")
        where = waybills.select(pl.col("latitude", "longitude").cast(pl.Float64).fill_null(float("nan")))
        ends.append(where.to_numpy())
        waybills = waybills.drop("latitude", "longitude")
    return waybills.with_columns(
        destination_region=pl.coalesce("destination_region", "destination_country_code"),
        service=pl.col("service").fill_null("unknown"),
        # Whole ones: there and back is as far.
        kilometres=pl.Series(great_circle(*ends)).round().fill_nan(None),
    )


def _started(placed: pl.DataFrame, start: str) -> pl.DataFrame:
    """Return the parcels as ``levels`` wants them, their clock started at that column."""
    begun = placed.drop_nulls(start).with_columns(started_at=start, arrived_at="first_attempt_at")
    begun = begun.filter((pl.col("arrived_at") >= pl.col("started_at")).fill_null(True))
    if begun.is_empty():
        return begun.with_columns(hour=pl.lit(None, pl.Int64), weekday=pl.lit(None, pl.Int64))
    local = (
        part.with_columns(clock=pl.col("started_at").dt.convert_time_zone(zone).dt.replace_time_zone(None))
        for (zone,), part in begun.partition_by("time_zone", as_dict=True, maintain_order=True).items()
    )
    return pl.concat(local).with_columns(
        hour=pl.col("clock").dt.hour().cast(pl.Int64), weekday=pl.col("clock").dt.weekday().cast(pl.Int64)
    )


def _of_target(parcels: pl.DataFrame, moment: datetime, is_learnt: bool) -> pl.DataFrame:
    """Return the rows of one target."""
    known = levels(parcels, moment)
    rows = _rows(known)
    if not is_learnt:
        rows = rows.filter(pl.col("estimate_level").is_in([LEARNT, LANE_DISTANCE]).not_())
    return _with_merchants(rows, known.parcels)


def _rows(known: Levels) -> pl.DataFrame:
    """Return what is known as rows: levels, how far lanes go, hours, then weekdays."""
    counts = {"parcel_count": "sampled_count", "finished_count": "arrived_count"}
    percentiles = known.percentiles.rename(
        {
            "level": "estimate_level",
            **counts,
            **{name_of(share): f"{name_of(share)}_estimate_hours" for share in SHARES},
        }
    )
    # A parcel of which a level does not know what it is of is no parcel of that level.
    is_known = pl.any_horizontal(
        (pl.col("estimate_level") == level)
        & pl.all_horizontal(pl.lit(True), *(pl.col(key).is_not_null() for key in keys))
        for level, keys in WITH_LEARNT.items()
    )
    lanes = known.distances.rename(counts).with_columns(estimate_level=pl.lit(LANE_DISTANCE))
    hours = known.hours.rename({"hour": "hour_of_day"}).with_columns(estimate_level=pl.lit("hour"))
    weekdays = known.weekdays.with_columns(estimate_level=pl.lit("weekday"))
    return pl.concat([percentiles.filter(is_known), lanes, hours, weekdays], how="diagonal")


def _with_merchants(rows: pl.DataFrame, parcels: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with whose parcels that arrived they are of: who may be told of a level rests on it."""
    arrived = parcels.filter("is_finished", pl.col("merchant_id").is_not_null()).rename(
        {"hour": "hour_of_day"}
    )
    by_level = {**WITH_LEARNT, LANE_DISTANCE: LANE, "hour": ("hour_of_day",), "weekday": ("weekday",)}
    counted = []
    for level, keys in by_level.items():
        of_level = rows.filter(estimate_level=level)
        whole = pl.lit(0).alias("_all")
        by = [*keys, "_all"]
        counts = (
            arrived.with_columns(whole)
            .group_by(*by, "merchant_id")
            .agg(count=pl.len().cast(pl.Int64))
            # Of two that have as many, always the same one is first.
            .sort("count", "merchant_id", descending=[True, False])
            .group_by(by, maintain_order=True)
            .agg(
                merchant_count=pl.len().cast(pl.Int64),
                merchant_waybill_count=pl.col("count").sum(),
                largest_merchant_id=pl.col("merchant_id").first(),
                largest_merchant_count=pl.col("count").first(),
                second_merchant_count=pl.col("count").slice(1).first(),
            )
        )
        joined = of_level.with_columns(whole).join(counts, on=by, how="left", maintain_order="left")
        counted.append(joined.drop("_all"))
    return pl.concat(counted)
