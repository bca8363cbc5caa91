"""The back-test of the levels: what it knew, and what it says of it, by cases worked by hand."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from estimates.delivery.backtest import JUDGED, backtest, summed
from estimates.delivery.levels import answer, levels

AS_OF = datetime(2019, 7, 31, tzinfo=UTC)
#: The last week that is mature at that moment begins on this Monday.
MONDAY = datetime(2019, 6, 24, tzinfo=UTC)
KEYS = {
    "courier_id": "zto",
    "service": "standard",
    "origin_province_id": "330000",
    "destination_province_id": "440000",
    "origin_region": "east",
    "destination_region": "south",
}


def parcels(start: datetime, hours: list[float | None], **keys: str) -> pl.DataFrame:
    """Parcels that start at one moment and take so long; None has not arrived."""
    ends = [None if took is None else start + timedelta(hours=took) for took in hours]
    return pl.DataFrame(
        {"started_at": [start] * len(hours), "arrived_at": ends},
        schema={"started_at": pl.Datetime("us", "UTC"), "arrived_at": pl.Datetime("us", "UTC")},
    ).with_columns(
        hour=pl.lit(10, pl.Int64),
        weekday=pl.lit(1, pl.Int64),
        known_until=pl.lit(AS_OF),
        **{name: pl.lit(value) for name, value in (KEYS | keys).items()},
    )


def market(seed: int) -> pl.DataFrame:
    """A market of four months whose hours are drawn."""
    dice = np.random.default_rng(seed)
    days = [datetime(2019, 3, 25, tzinfo=UTC) + timedelta(days=day) for day in range(125)]
    return pl.concat(
        parcels(day, [float(hours) for hours in dice.gamma(4, 15, 20)], courier_id=courier)
        for day in days
        for courier in ("zto", "yto")
    )


def test_what_was_told_is_judged_by_what_came() -> None:
    # 100 parcels of before took 1 to 100 hours: 50 of 100 within 50 hours, 90 within 90.
    before = parcels(MONDAY - timedelta(days=20), [float(hours) for hours in range(1, 101)])
    week = parcels(MONDAY + timedelta(days=1), [40.0, 50.0, 89.0, 100.0, None])
    rows = backtest(pl.concat([before, week]), AS_OF, 1)
    assert rows.select("month_date", "courier_id").unique().rows() == [(date(2019, 6, 1), "zto")]
    kept = dict(rows.select("share", "kept_share").rows())
    assert kept == {0.5: 0.4, 0.8: 0.4, 0.9: 0.6, 0.95: 0.6}
    half = rows.row(by_predicate=pl.col("share") == 0.5, named=True)
    assert (half["parcel_count"], half["told_count"]) == (5, 5)
    assert half["mean_days"] == pytest.approx(50 / 24)
    open_hours = (AS_OF - (MONDAY + timedelta(days=1))) / timedelta(hours=1)
    off = [10, 0, 39, 50, open_hours - 50]
    assert half["pinball_days"] == pytest.approx(sum(off) * 0.5 / 5 / 24)
    # All went one lane by one courier: the plain quantiles of the lane say the same.
    assert half["plain_pinball_days"] == pytest.approx(half["pinball_days"])


def test_nothing_that_came_after_a_week_began_changes_what_was_told_of_it() -> None:
    seed = 7
    all_ = market(seed)
    then = levels(all_, MONDAY)
    later = pl.col("arrived_at") >= MONDAY
    # Nor what is known of it now: a parcel under way then had been so until then.
    planted = all_.with_columns(
        known_until=pl.lit(AS_OF + timedelta(days=400)),
    ).with_columns(
        pl.when(later)
        .then(pl.col("arrived_at") + timedelta(days=9))
        .otherwise("arrived_at")
        .alias("arrived_at")
    )
    week = all_.filter(pl.col("started_at").is_between(MONDAY, MONDAY + timedelta(days=7), closed="left"))
    asked = week.select(*KEYS, "hour", "weekday")
    assert answer(asked, then).equals(answer(asked, levels(planted, MONDAY))), seed
    before, after = (backtest(rows, AS_OF, 1)["mean_days"] for rows in (all_, planted))
    assert before.equals(after), seed


def test_where_a_market_stays_as_it_was_so_many_of_a_hundred_come_as_were_told() -> None:
    rows = summed(backtest(market(11), AS_OF, 8))
    for share, kept, count in rows.select("share", "kept_share", "told_count").rows():
        assert count == 8 * 7 * 40
        assert kept == pytest.approx(share, abs=4 * (share * (1 - share) / count) ** 0.5), share


def test_of_a_market_without_thirty_parcels_nothing_is_told() -> None:
    few = parcels(MONDAY - timedelta(days=20), [20.0] * 29)
    rows = backtest(pl.concat([few, parcels(MONDAY, [20.0])]), AS_OF, 1)
    assert rows["told_count"].to_list() == [0] * len(JUDGED)
    assert rows["kept_share"].to_list() == [None] * len(JUDGED)
