"""How often the levels were right: each week foretold from what had been received when it began."""

import hashlib
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from estimates.delivery.levels import (
    LEARNT,
    LEVELS,
    WINDOW,
    WITH_LEARNT,
    answer,
    in_order,
    levels,
    name_of,
    quantiles_by,
)

#: Parcels are judged once they have had so long to arrive; one that took longer counts as taking so long.
MATURE = timedelta(days=30)
#: What is judged: the shares that are told.
JUDGED = (0.50, 0.80, 0.90, 0.95)
#: Who told by when a parcel is there: the levels, the plain quantiles of its lane, the platform's promise.
#: Besides them the levels with the learnt one in front, as `LEARNT`.
ESTIMATE, LANE_QUANTILES, PLATFORM = "estimate", "lane_quantiles", "platform"
_LANE = ("origin_province_id", "destination_province_id")
_WEEK = timedelta(days=7)
#: What a later day may change of a parcel.
_TIMES = ("arrived_at", "known_until", "picked_up_at")
#: Losses are counted in hundredths of a second.
_LOSSES_A_DAY = 8_640_000
_KEYS = list(dict.fromkeys(key for keys in LEVELS.values() for key in keys))
_SUMS = {
    "waybill_count": pl.Int64,
    "told_count": pl.Int64,
    "kept_count": pl.Int64,
    "compared_count": pl.Int64,
    "told_days": pl.Float64,
    "pinball_days": pl.Float64,
}
_OF = {"week_date": pl.Date, "month_date": pl.Date, "courier_id": pl.String, "told_by": pl.String}
#: The columns of a back-test.
ROWS = {**_OF, "percentile": pl.Int64, **_SUMS, "week_fingerprint": pl.String}


def backtest(
    parcels: pl.DataFrame, as_of: datetime, weeks: int, kept: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return how the estimates of the last mature weeks did.

    On each Monday (UTC) the levels are learnt anew from what had been received by then, and every parcel
    that starts in the week is foretold from them, with and without the learnt one. Beside them stand the
    plain quantiles of its lane: of all parcels of the 90 days before that had arrived by then, whoever
    carried them; of the market where fewer than 30 had. And what the platform promised. What was told for
    after 30 days counts as not told.

    Args:
        parcels: as `estimates.delivery.market.started` returns them.
        as_of: until when anything is known.
        weeks: so many, the last that are mature.
        kept: what an earlier back-test returned: a week made from the same parcels is taken from it.

    Returns:
        A row per week, month of the start, courier, who told and percentile (null for the platform):
        `waybill_count`, `told_count` (those of which something could be told), `kept_count` (of these,
        arrived within what was told), `told_days` (sum), `pinball_days` (sum of the loss, over the
        `compared_count` parcels that all but the platform told of).
    """
    # Grouped 500 times: by numbers, not by texts. A fingerprint is of the texts, which stay what they are.
    coded = parcels.with_columns(pl.col(_KEYS).cast(pl.Categorical))
    hashed = _hashed(parcels)
    judged = coded.filter(pl.col("known_until") >= pl.col("started_at") + MATURE)
    found = [pl.DataFrame(schema=ROWS)]
    for monday in _mondays(as_of, weeks):
        fingerprint = _fingerprint(hashed, monday)
        same = None if kept is None else kept.filter(week_date=monday.date(), week_fingerprint=fingerprint)
        if same is None or same.is_empty():
            same = _week(coded, judged, monday).with_columns(week_fingerprint=pl.lit(fingerprint))
        found.append(same.select(*ROWS).cast(ROWS))  # type: ignore[arg-type]
    return pl.concat(found).sort(*_OF, "percentile")


def summed(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of a back-test over all weeks and couriers: a row per teller and percentile.

    `told_count`, `kept_share`, `mean_told_days` and `mean_pinball_days`; null where nothing was told.
    """
    totals = rows.group_by("told_by", "percentile").agg(pl.col(*_SUMS).sum())
    told, compared = (pl.when(pl.col(of) > 0).then(of) for of in ("told_count", "compared_count"))
    return totals.select(
        "told_by",
        "percentile",
        "waybill_count",
        "told_count",
        kept_share=pl.col("kept_count") / told,
        mean_told_days=pl.col("told_days") / told,
        mean_pinball_days=pl.col("pinball_days") / compared,
    ).sort("told_by", "percentile")


def is_learnt_better(rows: pl.DataFrame) -> bool:
    """Tell whether over the weeks of a back-test the learnt level in front loses less than levels alone."""
    # Losses are whole numbers of so small a part of a day: their sum is the same in any order.
    whole = (pl.col("pinball_days") * _LOSSES_A_DAY).round().cast(pl.Int64).sum()
    learnt, plain = (rows.filter(told_by=teller).select(whole).item() for teller in (LEARNT, ESTIMATE))
    return bool(learnt < plain)


def _mondays(as_of: datetime, weeks: int) -> list[datetime]:
    """Return the Mondays of the last weeks whose every parcel has had its time."""
    last = as_of - MATURE
    monday = datetime.combine(last.date() - timedelta(days=last.weekday()), datetime.min.time(), last.tzinfo)
    return [monday - back * _WEEK for back in range(weeks, 0, -1)]


def _fingerprint(hashed: pl.DataFrame, monday: datetime) -> str:
    """Return what changes whenever a week's rows could: its parcels, those learnt from, and this code.

    What became known after the week was over for all of its parcels changes nothing, nor this.
    """
    begun = pl.col("started_at").is_between(monday - WINDOW, monday + _WEEK, closed="left")
    over = pl.lit(monday + _WEEK + MATURE)
    times = (pl.min_horizontal(of, over).alias(of) for of in hashed.columns if of in _TIMES)
    every = pl.struct("same", *times).hash()
    ((count, total),) = hashed.filter(begun).select(pl.len(), every.sum().alias("sum")).rows()
    return f"{_code()}-{count}-{total}"


def _hashed(parcels: pl.DataFrame) -> pl.DataFrame:
    """Return of each parcel a hash, `same`, of what no later day changes; when it began, and what may."""
    names = (*_KEYS, "hour", "weekday", "started_at", "promised_delivery_at", "kilometres")
    same = pl.struct(*(of for of in names if of in parcels.columns)).hash()
    return parcels.select("started_at", *(of for of in _TIMES if of in parcels.columns), same=same)


def _code() -> str:
    texts = (path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    return hashlib.sha256(b"".join(texts)).hexdigest()[:16]


def _week(parcels: pl.DataFrame, judged: pl.DataFrame, monday: datetime) -> pl.DataFrame:
    """Return the rows of a week without its fingerprint."""
    started = judged.filter(pl.col("started_at").is_between(monday, monday + _WEEK, closed="left"))
    if started.is_empty():
        return pl.DataFrame(schema=ROWS)
    known = levels(parcels, monday)
    asked = started.select(
        *_KEYS,
        "hour",
        "weekday",
        week_date=pl.lit(monday.date()),
        month_date=pl.col("started_at").dt.truncate("1mo").dt.date(),
        took=_seconds(pl.min_horizontal("arrived_at", pl.col("started_at") + MATURE)),
        promised=_seconds(pl.col("promised_delivery_at")),
    )
    tellers = {
        ESTIMATE: answer(asked, known),
        LEARNT: answer(asked, known, WITH_LEARNT),
        LANE_QUANTILES: _plain(parcels, monday, asked),
    }
    parts = [_judged(asked, PLATFORM, _whole(asked["promised"]), None)]
    for share in JUDGED:
        seconds = {teller: _whole(told[name_of(share)] * 3600) for teller, told in tellers.items()}
        is_compared = pl.DataFrame(seconds).select(pl.all_horizontal(pl.all().is_not_null())).to_series()
        parts += [_judged(asked, teller, told, share, is_compared) for teller, told in seconds.items()]
    return pl.concat(parts)


def _seconds(until: pl.Expr) -> pl.Expr:
    return (until - pl.col("started_at")).dt.total_seconds()


def _whole(seconds: pl.Series) -> pl.Series:
    """Return whole seconds, null from 30 days on: what is not over by then cannot be judged by then.

    Whole seconds and hundredths of them add up to the same in any order, which fractions do not.
    """
    whole = seconds.round().cast(pl.Int64)
    return whole.set(whole >= int(MATURE.total_seconds()), None)


def _judged(
    asked: pl.DataFrame,
    told_by: str,
    told: pl.Series,
    share: float | None,
    is_compared: pl.Series | None = None,
) -> pl.DataFrame:
    """Return the sums of what one teller told of a week's parcels, in seconds; of some it is compared."""
    by = ["week_date", "month_date", "courier_id"]
    percentile = None if share is None else round(share * 100)
    nothing = pl.lit(False) if is_compared is None else is_compared
    rows = asked.select(*by, "took", told=told, is_compared=nothing)
    off = pl.col("took") - pl.col("told")
    loss = pl.max_horizontal((percentile or 0) * off, ((percentile or 0) - 100) * off)
    return (
        rows.group_by(by)
        .agg(
            told_by=pl.lit(told_by),
            percentile=pl.lit(percentile, pl.Int64),
            waybill_count=pl.len(),
            told_count=pl.col("told").count(),
            kept_count=(pl.col("took") <= pl.col("told")).fill_null(False).sum(),
            compared_count=pl.col("is_compared").sum(),
            told_days=pl.col("told").sum() / 86_400,
            pinball_days=loss.filter("is_compared").sum() / _LOSSES_A_DAY,
        )
        .with_columns(week_fingerprint=pl.lit(None, pl.String))
        .select(*ROWS)
        .cast(ROWS)  # type: ignore[arg-type]
    )


def _plain(parcels: pl.DataFrame, moment: datetime, asked: pl.DataFrame) -> pl.DataFrame:
    """Return the quantiles of each asked parcel's lane, in hours, over all that had arrived by the moment."""
    arrived = parcels.filter(
        pl.col("arrived_at").is_between(moment - WINDOW, moment, closed="left")
        & (pl.col("started_at") >= moment - WINDOW)
    )
    took = (pl.col("arrived_at") - pl.col("started_at")).dt.total_seconds() / 3600
    arrived = in_order(arrived.select(*_LANE, hours=took, is_finished=pl.lit(True)))
    names = [name_of(share) for share in JUDGED]
    lanes = quantiles_by(arrived, _LANE, JUDGED).filter(pl.col("finished_count") >= 30)
    market = quantiles_by(arrived, (), JUDGED)
    every = {name: market[name][0] if len(market) else None for name in names}
    joined = asked.select(_LANE).join(lanes, on=_LANE, how="left", maintain_order="left")
    return joined.select(pl.col(name).fill_null(pl.lit(every[name], pl.Float64)) for name in names)
