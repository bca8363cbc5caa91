"""What had become known of others by the moment a question is asked: sums over the days before it."""

from collections.abc import Sequence
from datetime import timedelta

import polars as pl


def recent(
    questions: pl.DataFrame, facts: pl.DataFrame, keys: Sequence[str], value: str, window: timedelta
) -> pl.DataFrame:
    """Return sum and count of a value over the facts that became known in the window before each question.

    Args:
        questions: `question` (its number), `asked_at` and the keys.
        facts: `known_at`, the keys and the value; a fact without one of them is left out.
        keys: of which questions and facts must be alike; none for all facts.
        value: a column of facts.
        window: a fact counts if asked_at − window <= known_at < asked_at.

    Returns:
        `total` and `count`, one row per question in the order of `question`; 0 where there are none.
    """
    known = (
        facts.select(*keys, "known_at", total=pl.col(value).cast(pl.Float64))
        .drop_nulls()
        .sort("known_at")
        .with_columns(count=pl.lit(1.0))
    )
    sums = pl.col("total", "count").cum_sum()
    known = known.with_columns(sums.over(keys) if keys else sums)
    asked = questions.select("question", *keys, "asked_at").sort("asked_at")
    until, before = (
        asked.with_columns(pl.col("asked_at") - back)
        .join_asof(
            known,
            left_on="asked_at",
            right_on="known_at",
            by=list(keys) or None,
            strategy="backward",
            allow_exact_matches=False,
            check_sortedness=False,
        )
        .sort("question")
        .select(pl.col("total", "count").fill_null(0.0))
        for back in (timedelta(), window)
    )
    return until.select((pl.col(name) - before[name]).alias(name) for name in ("total", "count"))
