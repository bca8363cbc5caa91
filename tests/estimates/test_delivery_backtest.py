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
PROMISED = timedelta(hours=60)
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
        promised_delivery_at=pl.lit(start + PROMISED),
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
    of = ["week_date", "month_date", "courier_id", "waybill_count", "told_count"]
    assert rows.select(of).unique().rows() == [(MONDAY.date(), date(2019, 6, 1), "zto", 5, 5)]
    for told_by in ("estimate", "lane_quantiles"):  # all went one lane by one courier: both say the same
        told = rows.filter(told_by=told_by)
        assert dict(told.select("percentile", "kept_count").rows()) == {50: 2, 80: 2, 90: 3, 95: 3}
        half = told.row(by_predicate=pl.col("percentile") == 50, named=True)
        assert half["told_days"] == pytest.approx(5 * 50 / 24)
        # What has not arrived after 30 days counts as having taken 30.
        off = [10, 0, 39, 50, 30 * 24 - 50]
        assert (half["compared_count"], half["pinball_days"]) == (5, pytest.approx(sum(off) * 0.5 / 24))
    platform = rows.row(by_predicate=pl.col("told_by") == "platform", named=True)
    assert (platform["percentile"], platform["kept_count"]) == (None, 2)
    assert platform["told_days"] == pytest.approx(5 * PROMISED / timedelta(days=1))


def test_what_cannot_be_judged_after_thirty_days_is_not_judged() -> None:
    late = [float(hours) for hours in range(700, 800)]  # half of them after 30 days
    rows = backtest(pl.concat([parcels(MONDAY - timedelta(days=60), late), parcels(MONDAY, [1.0])]), AS_OF, 1)
    told = rows.filter(told_by="estimate")
    assert dict(told.select("percentile", "told_count").rows()) == {50: 0, 80: 0, 90: 0, 95: 0}
    unknown = parcels(MONDAY, [1.0]).with_columns(known_until=pl.lit(MONDAY + timedelta(days=29)))
    assert backtest(unknown, AS_OF, 1).is_empty()


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
    before, after = (
        backtest(rows, AS_OF, 1).filter(pl.col("told_by") != "platform")["told_days"]
        for rows in (all_, planted)
    )
    assert before.to_list() == pytest.approx(after.to_list()), seed


def test_where_a_market_stays_as_it_was_so_many_of_a_hundred_come_as_were_told() -> None:
    rows = summed(backtest(market(11), AS_OF, 8)).filter(told_by="estimate")
    assert len(rows) == len(JUDGED)
    for percentile, kept, count in rows.select("percentile", "kept_share", "told_count").rows():
        share = percentile / 100
        assert count == 8 * 7 * 40
        assert kept == pytest.approx(share, abs=4 * (share * (1 - share) / count) ** 0.5), share


def test_a_week_is_replayed_again_where_its_parcels_changed_and_taken_as_it_was_elsewhere() -> None:
    known = market(5)
    # So old that the last week does not learn from them, but the two before do.
    changed = known.with_columns(
        arrived_at=pl.when(pl.col("started_at") < MONDAY - timedelta(days=90))
        .then(pl.col("arrived_at") + timedelta(hours=5))
        .otherwise("arrived_at")
    )
    marked = backtest(known, AS_OF, 3).with_columns(told_days=pl.lit(-1.0))
    # A day later all is known for longer, which changes nothing of a week that was over.
    later = known.with_columns(known_until=pl.lit(AS_OF + timedelta(days=1)))
    assert (backtest(later, AS_OF + timedelta(days=1), 3, kept=marked)["told_days"] == -1).all()
    found = backtest(changed, AS_OF, 3, kept=marked)
    replayed = found.filter(pl.col("told_days") >= 0)
    weeks = {MONDAY.date() - timedelta(days=7), MONDAY.date() - timedelta(days=14)}
    assert set(replayed["week_date"]) == weeks
    fresh = backtest(changed, AS_OF, 3).filter(pl.col("week_date").is_in(weeks))
    assert replayed.equals(fresh)


def test_of_a_market_without_thirty_parcels_nothing_is_told() -> None:
    few = parcels(MONDAY - timedelta(days=20), [20.0] * 29)
    none = parcels(MONDAY - timedelta(days=20), [None])
    for before in (few, none, few.clear()):
        rows = backtest(pl.concat([before, parcels(MONDAY, [20.0])]), AS_OF, 1).filter(told_by="estimate")
        assert rows["told_count"].to_list() == [0] * len(JUDGED)
        assert summed(rows)["kept_share"].to_list() == [None] * len(JUDGED)
