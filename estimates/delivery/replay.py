"""Replay history day by day: every estimate from what had been received by then, and nothing later."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl
from threadpoolctl import threadpool_limits

from estimates.delivery.correction import Correction, corrected
from estimates.delivery.learnt import Learning, NothingToLearnError, learn

Array = npt.NDArray[np.float64]

#: Facts as known at a moment → features of every question in them, one column each, in the order of the rows.
Features = Callable[[pl.DataFrame], pl.DataFrame]


class FromTheFutureError(ValueError):
    """A feature of a question changes with facts that were received after it was asked."""


@dataclass(frozen=True)
class Settings:
    """When is learnt anew, and how; ``warm_up_weeks`` are foretold first, for the correction alone."""

    refit_days: int = 7
    warm_up_weeks: int = 18
    learning: Learning = field(default_factory=Learning)
    correction: Correction = field(default_factory=Correction)


def known_at(facts: pl.DataFrame, moment: datetime) -> pl.DataFrame:
    """Return the facts as they stood: rows asked before the moment, times from it on not known yet."""
    times = pl.selectors.temporal() - pl.selectors.by_name("asked_at")
    return facts.filter(pl.col("asked_at") < moment).with_columns(
        pl.when(times < moment).then(times).name.keep()
    )


def refuse_the_future(facts: pl.DataFrame, features: Features, moments: Sequence[datetime]) -> pl.DataFrame:
    """Return the features of all questions, once they are shown to need nothing that came later.

    At each moment the features are calculated again from what was known then. Those of every question asked
    before must be the same.

    Raises:
        FromTheFutureError: some are not; it names the features.
    """
    everything = features(facts)
    asked_at = facts["asked_at"]
    for moment in moments:
        then = features(known_at(facts, moment))
        now = everything.filter(asked_at < moment)
        late = [
            name
            for name in now.columns
            if not np.allclose(now[name].to_numpy(), then[name].to_numpy(), rtol=1e-6, equal_nan=True)
        ]
        if late:
            raise FromTheFutureError(
                f"Of questions asked before {moment}, received later: {', '.join(late)}."
            )
    return everything


def replay(
    facts: pl.DataFrame,
    features: Features,
    first: date,
    last: date,
    shares: Sequence[float],
    settings: Settings | None = None,
) -> pl.DataFrame:
    """Foretell the whole days until arrival of every question asked from the first to the last date.

    The distributions are learnt anew every week, the correction is read every midnight.

    Args:
        facts: `question`, `asked_at` (local, without zone), `arrived_at` (null where it never did), `group`
            and what features need: any further time in it counts as received at that time.
        features: see ``Features``.
        first: date of the first question.
        last: date of the last question.
        shares: percentiles, each in (0, 1).
        settings: see there.

    Returns:
        `question`, `days` (whole days asked → arrived, null where it never arrived) and `p50`, `p80` … per
        share, null where it cannot be said.

    Raises:
        FromTheFutureError: a feature needs what came later.
        NothingToLearnError: there is no history to learn from.
    """
    chosen = settings or Settings()
    facts = facts.sort("asked_at", "question")
    start = first - timedelta(days=7 * chosen.warm_up_weeks)
    refits = _dates(start, last, chosen.refit_days)
    checked = {refits[0], refits[len(refits) // 2], refits[-1]}
    moments = [datetime.combine(each, datetime.min.time()) for each in sorted(checked)]
    rows = refuse_the_future(facts, features, moments).to_numpy().astype(np.float64)
    parcels = _Parcels(facts, chosen.learning)
    places, widths = np.full(len(facts), np.nan), np.full(len(facts), np.nan)
    for refit in refits:
        seen = parcels.at(refit)
        asked = parcels.asked_in(
            refit, min(refit + timedelta(days=chosen.refit_days), last + timedelta(days=1))
        )
        if not asked.any():
            continue
        try:
            # Few rows: threads would wait for each other longer than they work.
            with threadpool_limits(1):
                model = learn(rows[seen.of], seen.durations, seen.is_finished, seen.age_days, chosen.learning)
                places[asked], widths[asked] = model.foretell(rows[asked])
        except NothingToLearnError:
            if refit < first:
                continue
            raise
    foretold = np.full((len(facts), len(shares)), np.nan)
    groups = facts["group"].fill_null("").to_numpy().astype(np.str_)
    for day in _dates(first, last, 1):
        asked = parcels.asked_in(day, day + timedelta(days=1))
        seen = parcels.at(day)
        judged = ~np.isnan(places[seen.of])
        of = seen.of[judged]
        if not asked.any() or not len(of):
            continue
        scores = (np.log(seen.durations[judged] + chosen.learning.offset) - places[of]) / widths[of]
        of_all, by_group = corrected(
            scores, seen.is_finished[judged], seen.age_days[judged], groups[of], shares, chosen.correction
        )
        moved = np.array([by_group.get(group, of_all) for group in groups[asked]])
        logs = places[asked, None] + widths[asked, None] * moved
        foretold[asked] = np.maximum(np.exp(logs) - chosen.learning.offset, 0)
    named = {f"p{round(share * 100)}": foretold[:, place] for place, share in enumerate(shares)}
    inside = pl.col("asked_at").dt.date().is_between(first, last)
    days = (pl.col("arrived_at").dt.date() - pl.col("asked_at").dt.date()).dt.total_days()
    return (
        facts.with_columns(days=days, **{name: _where_finite(of) for name, of in named.items()})
        .filter(inside)
        .select("question", "days", *named)
    )


@dataclass(frozen=True)
class _Seen:
    """The parcels that say something at a midnight; durations of open ones are whole days so far."""

    of: npt.NDArray[np.int64]
    durations: Array
    is_finished: npt.NDArray[np.bool_]
    age_days: Array


class _Parcels:
    def __init__(self, facts: pl.DataFrame, settings: Learning) -> None:
        self.asked_at = facts["asked_at"].to_numpy().astype("datetime64[s]")
        self.arrived_at = facts["arrived_at"].to_numpy().astype("datetime64[s]")
        self.lost_days = settings.lost_days

    def asked_in(self, start: date, end: date) -> npt.NDArray[np.bool_]:
        return (self.asked_at >= np.datetime64(start)) & (self.asked_at < np.datetime64(end))

    def at(self, midnight: date) -> _Seen:
        moment = np.datetime64(midnight, "s")
        finished = self.arrived_at < moment
        age_days = (moment - self.asked_at).astype(np.float64) / 86400
        of = np.flatnonzero((self.asked_at < moment) & (finished | (age_days < self.lost_days)))
        until = np.where(finished[of], self.arrived_at[of], moment).astype("datetime64[D]")
        whole = until.astype(np.int64) - self.asked_at[of].astype("datetime64[D]").astype(np.int64)
        return _Seen(of, np.maximum(whole, 0).astype(np.float64), finished[of], age_days[of])


def _dates(first: date, last: date, every: int) -> list[date]:
    return [first + timedelta(days=days) for days in range(0, (last - first).days + 1, every)]


def _where_finite(values: Array) -> pl.Series:
    finite = pl.Series(values)
    return finite.set(~finite.is_finite(), None)
