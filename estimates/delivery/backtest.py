"""How often the levels were right: each week foretold from what had been received when it began."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import polars as pl

from estimates.delivery.levels import LEVELS, answer, levels, name_of, quantiles_by

#: Parcels are judged once they have had so long to arrive.
MATURE = timedelta(days=30)
#: What is judged: the shares that are told.
JUDGED = (0.50, 0.80, 0.90, 0.95)
_LANE = ("origin_province_id", "destination_province_id")
_WEEK = timedelta(days=7)


def backtest(parcels: pl.DataFrame, as_of: datetime, weeks: int) -> pl.DataFrame:
    """Return how the estimates of the last mature weeks did, by month of the start, courier and percentile.

    On each Monday (UTC) the levels are learnt anew from what had been received by then, and every parcel
    that starts in the week is foretold from them. Beside them stand the plain quantiles of its lane: of all
    parcels that had arrived by then, whoever carried them; of the market where fewer than 30 had.

    Args:
        parcels: as `estimates.delivery.market.started` returns them.
        as_of: until when anything is known.
        weeks: so many, the last that are mature.

    Returns:
        `month_date`, `courier_id`, `share` (0–1), `parcel_count`, `told_count` (those of which something
        could be told), `kept_share` (of these, arrived within the estimate), `pinball_days` and
        `plain_pinball_days` (mean loss of the estimate and of the lane's quantile, over parcels that both
        told of), `mean_days` (told). A parcel that has not arrived counts as arriving now.
    """
    last = as_of - MATURE
    monday = datetime.combine(last.date() - timedelta(days=last.weekday()), datetime.min.time(), last.tzinfo)
    found = [_week(parcels, monday - back * _WEEK, as_of) for back in range(weeks, 0, -1)]
    judged = pl.concat([week for week in found if len(week)] or found[:1])
    return (
        judged.group_by("month_date", "courier_id", "share")
        .agg(
            pl.len().cast(pl.Int64).alias("parcel_count"),
            pl.col("told_days").count().cast(pl.Int64).alias("told_count"),
            (pl.col("took_days") <= pl.col("told_days")).mean().alias("kept_share"),
            _pinball("told_days").alias("pinball_days"),
            _pinball("plain_days").alias("plain_pinball_days"),
            pl.col("told_days").mean().alias("mean_days"),
        )
        .sort("month_date", "courier_id", "share")
    )


def _week(parcels: pl.DataFrame, monday: datetime, as_of: datetime) -> pl.DataFrame:
    """Return a row per parcel of a week and share: what it took, and what was told of it before, in days."""
    started = parcels.filter(pl.col("started_at").is_between(monday, monday + _WEEK, closed="left"))
    known = levels(parcels, monday)
    keys = list(dict.fromkeys(key for keys in LEVELS.values() for key in keys))
    until = pl.coalesce("arrived_at", pl.lit(as_of))
    asked = started.select(
        *keys,
        "hour",
        "weekday",
        month_date=pl.col("started_at").dt.truncate("1mo").dt.date(),
        took_days=(until - pl.col("started_at")).dt.total_seconds() / 86_400,
    )
    told = answer(asked, known)
    plain = _plain(parcels, monday, asked)
    parts = [
        told.select(
            "month_date",
            "courier_id",
            pl.lit(share).alias("share"),
            "took_days",
            told_days=pl.col(name_of(share)) / 24,
            plain_days=plain[name_of(share)] / 24,
        )
        for share in JUDGED
    ]
    return pl.concat(parts)


def _plain(parcels: pl.DataFrame, moment: datetime, asked: pl.DataFrame) -> pl.DataFrame:
    """Return the quantiles of each asked parcel's lane, in hours, over all that had arrived by the moment."""
    arrived = parcels.filter(pl.col("arrived_at") < moment).with_columns(
        is_finished=pl.lit(True),
        hours=(pl.col("arrived_at") - pl.col("started_at")).dt.total_seconds() / 3600,
    )
    names = [name_of(share) for share in JUDGED]
    lanes = quantiles_by(arrived, _LANE, JUDGED).filter(pl.col("finished_count") >= 30)
    market = quantiles_by(arrived, (), JUDGED)
    every = {name: market[name][0] if len(market) else None for name in names}
    joined = asked.select(_LANE).join(lanes, on=_LANE, how="left", maintain_order="left")
    return joined.select(pl.col(name).fill_null(every[name]) for name in names)


def _pinball(told: str) -> pl.Expr:
    """Return the mean pinball loss where both the estimate and the lane's quantile say something."""
    off = pl.col("took_days") - pl.col(told)
    loss = pl.max_horizontal(pl.col("share") * off, (pl.col("share") - 1) * off)
    return loss.filter(pl.col("told_days").is_not_null() & pl.col("plain_days").is_not_null()).mean()


def summed(rows: pl.DataFrame, shares: Sequence[float] = JUDGED) -> pl.DataFrame:
    """Return the rows of a back-test over all months and couriers: a row per share."""
    weight = pl.col("told_count")
    return (
        rows.filter(pl.col("share").is_in(list(shares)))
        .group_by("share")
        .agg(
            pl.col("parcel_count", "told_count").sum(),
            *(
                ((pl.col(name) * weight).sum() / weight.filter(pl.col(name).is_not_null()).sum()).alias(name)
                for name in ("kept_share", "pinball_days", "plain_pinball_days", "mean_days")
            ),
        )
        .sort("share")
    )
