"""The marts of estimates against scipy's estimate of the same, over parcels picked in plain Python."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random, SystemRandom
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import polars as pl
import pytest
from published_reports import Published
from scipy.stats import CensoredData, ecdf

LEVELS = {
    "lane": ["courier_id", "service", "origin_province_id", "destination_province_id"],
    "region_pair": ["courier_id", "origin_region", "destination_region"],
    "courier": ["courier_id"],
    "market": [],
}
KEYS = (*LEVELS["lane"], "origin_region", "destination_region")
CLOCKS = {"payment": "clock_started_at", "pickup": "picked_up_at"}


def quantile(parcels: pl.DataFrame, share: float) -> float | None:
    """Return Kaplan and Meier's quantile of the hours, or None where it is not reached."""
    arrived, open_ = (parcels.filter(has_arrived=is_so)["left"].to_numpy() for is_so in (True, False))
    if not len(arrived):
        return None
    curve = ecdf(CensoredData(uncensored=arrived, right=open_)).cdf
    reached = [
        hours
        for hours, chance in zip(curve.quantiles, curve.probabilities, strict=True)
        if chance >= share - 1e-9
    ]
    return float(reached[0]) if reached else None


def changes(parcels: pl.DataFrame, key: str) -> dict[int, float]:
    """Return by how many hours each hour or weekday changes the median."""
    middle = quantile(parcels, 0.5)
    assert middle is not None
    found = {}
    for (value,), part in parcels.partition_by(key, as_dict=True).items():
        own = quantile(part, 0.5)
        found[value] = own - middle if own is not None and part["has_arrived"].sum() >= 30 else 0.0
    return found


@dataclass
class Known:
    """What can be known of a target at a moment: parcels, the hours that are left of them, and changes."""

    parcels: pl.DataFrame
    of_hour: dict[int, float]
    of_day: dict[int, float]


@dataclass
class Facts:
    """The mart and what it is made from."""

    mart: pl.DataFrame
    quality: pl.DataFrame
    reach: pl.DataFrame
    as_of: datetime
    rows: list[dict[str, Any]]

    def started(self, target: str) -> Iterator[dict[str, Any]]:
        """Yield the parcels that say something of how long a delivery takes."""
        for row in self.rows:
            begun, ended = row[CLOCKS[target]], row["first_attempt_at"]
            if (
                begun is None
                or row["purpose"] != "sale"
                or row["is_cancelled"]
                or row["is_forwarded"]
                or (ended is None and row["is_returned"])
                or (ended is not None and ended < begun)
            ):
                continue
            local = begun.astimezone(ZoneInfo(row["zone"]))
            yield row | {"begun": begun, "ended": ended, "hour": local.hour, "day": local.isoweekday()}

    def known_at(self, target: str, moment: datetime) -> Known:
        """Return what the parcels of the 90 days before a moment said by then."""
        found = []
        for row in self.started(target):
            if not moment - timedelta(days=90) <= row["begun"] < moment:
                continue
            has_arrived = row["ended"] is not None and row["ended"] < moment
            until = row["ended"] if has_arrived else max(min(row["as_of_at"], moment), row["begun"])
            found.append(
                {key: row[key] for key in (*KEYS, "hour", "day")}
                | {"has_arrived": has_arrived, "left": (until - row["begun"]) / timedelta(hours=1)}
            )
        parcels = pl.DataFrame(found)
        of_hour = changes(parcels, "hour")
        parcels = parcels.with_columns(pl.col("left") - pl.col("hour").replace_strict(of_hour))
        of_day = changes(parcels, "day")
        return Known(
            parcels.with_columns(pl.col("left") - pl.col("day").replace_strict(of_day)), of_hour, of_day
        )


@pytest.fixture(scope="module")
def facts(published: Published) -> Facts:
    with duckdb.connect(str(published.settings.warehouse), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        marts = [
            connection.execute(f"from reports.mart_{name}").pl()
            for name in ("delivery_estimates", "estimate_quality", "reach")
        ]
        waybills = connection.execute("from core.fct_waybills").pl()
        providers = connection.execute(
            "select provider_id, time_zone as zone, as_of_at from core.dim_providers"
        ).pl()
        regions = dict(
            connection.execute(
                "select province_id, coalesce(region, country_code) from core.dim_provinces"
            ).fetchall()
        )
        zones = dict(connection.execute("select adcode, time_zone from core.dim_cities").fetchall())
    as_of = providers["as_of_at"].max()
    assert isinstance(as_of, datetime)
    rows = [
        row
        | {
            "origin_region": regions.get(row["origin_province_id"]),
            "destination_region": regions.get(row["destination_province_id"])
            or row["destination_country_code"],
            "end_zone": zones.get(row["destination_adcode"]) or row["zone"],
        }
        for row in waybills.join(providers, on="provider_id").iter_rows(named=True)
    ]
    return Facts(*marts, as_of, rows)


@pytest.fixture(scope="module")
def known(facts: Facts) -> tuple[pl.DataFrame, dict[str, pl.DataFrame]]:
    """The mart, and the parcels of each target with the hours that are left of them."""
    now = facts.as_of + timedelta(microseconds=1)
    return facts.mart, {target: facts.known_at(target, now).parcels for target in CLOCKS}


@pytest.mark.parametrize("target", CLOCKS)
def test_each_level_says_what_its_parcels_take(
    target: str, known: tuple[pl.DataFrame, dict[str, pl.DataFrame]]
) -> None:
    seed = SystemRandom().randrange(2**31)
    print(f"seed {seed}")
    mart, parcels = known[0].filter(estimate_target=target), known[1][target]
    for level in ("lane", "region_pair", "courier", "market"):
        rows = mart.filter(estimate_level=level).to_dicts()
        assert rows or level == "lane", level  # so small a market may have no lane of thirty
        for row in Random(seed).sample(rows, min(6, len(rows))):
            keys = {
                key: row[key]
                for key in parcels.columns
                if key.endswith(("_id", "service", "_region")) and row[key] is not None
            }
            alike = parcels.filter(**keys)
            assert (row["sampled_count"], row["arrived_count"]) == (len(alike), alike["has_arrived"].sum()), (
                keys
            )
            for share in (50, 80, 90, 95):
                assert row[f"p{share}_estimate_hours"] == pytest.approx(
                    quantile(alike, share / 100), abs=1e-6
                ), (
                    keys,
                    share,
                )


def test_where_thirty_have_not_arrived_no_level_is_used(
    known: tuple[pl.DataFrame, dict[str, pl.DataFrame]],
) -> None:
    mart, parcels = known
    assert mart.filter(pl.col("arrived_count") < 30, estimate_level="lane").is_empty()
    assert mart.filter(pl.col("arrived_count") < 30).drop_nulls("p50_estimate_hours").is_empty()
    lanes = ["courier_id", "service", "origin_province_id", "destination_province_id"]
    enough = parcels["payment"].drop_nulls(lanes).group_by(lanes).agg(pl.col("has_arrived").sum())
    expected = enough.filter(pl.col("has_arrived") >= 30).select(lanes)
    found = mart.filter(estimate_target="payment", estimate_level="lane").select(lanes)
    assert found.sort(lanes).equals(expected.sort(lanes))


@pytest.mark.parametrize("target", CLOCKS)
def test_the_learnt_level_is_told_where_it_lost_less(target: str, facts: Facts) -> None:
    judged = facts.quality.filter(estimate_target=target)
    lost = dict(judged.group_by("told_by").agg(pl.col("pinball_days").sum()).rows())
    assert lost["learnt"] != pytest.approx(lost["estimate"], rel=1e-6)
    levels = set(facts.mart.filter(estimate_target=target)["estimate_level"])
    is_told = lost["learnt"] < lost["estimate"]
    assert {"learnt", "lane_distance"} & levels == ({"learnt", "lane_distance"} if is_told else set())


@pytest.mark.parametrize("target", CLOCKS)
def test_a_week_is_judged_by_what_was_known_when_it_began(target: str, facts: Facts) -> None:
    seed = SystemRandom().randrange(2**31)
    print(f"seed {seed}")
    quality = facts.quality.filter(estimate_target=target)
    weeks = sorted(set(quality["week_date"]))
    assert len(weeks) > 3
    week = Random(seed).choice(weeks[-6:])
    monday = datetime.combine(week, datetime.min.time(), UTC)
    then = facts.known_at(target, monday)
    judged: Counter[str] = Counter()
    kept: Counter[tuple[str, int | None]] = Counter()
    hours_of: dict[tuple[Any, ...], float | None] = {}
    for row in facts.started(target):
        if not monday <= row["begun"] < monday + timedelta(days=7):
            continue
        courier = row["courier_id"]
        judged[courier] += 1
        for keys in LEVELS.values():
            alike = then.parcels.filter(**{key: row[key] for key in keys if row[key] is not None})
            if all(row[key] is not None for key in keys) and alike["has_arrived"].sum() >= 30:
                break
        for percentile in (50, 90):
            of = (tuple(row[key] for key in keys), tuple(keys), percentile)
            if of not in hours_of:
                hours_of[of] = quantile(alike, percentile / 100)
            hours = hours_of[of]
            if hours is None or row["ended"] is None:
                continue
            told = hours + then.of_hour.get(row["hour"], 0.0) + then.of_day.get(row["day"], 0.0)
            took = (row["ended"] - row["begun"]) / timedelta(hours=1)
            kept[courier, percentile] += took <= max(told, 0.0) + 1e-9 and told < 30 * 24
        promised = row["promised_delivery_at"]
        if promised and promised < row["begun"] + timedelta(days=30):
            kept[courier, None] += row["ended"] is not None and row["ended"] <= promised
    found = (
        quality.filter(pl.col("week_date") == week)
        .group_by("courier_id", "told_by", "percentile")
        .agg(pl.col("waybill_count", "kept_count").sum())
    )
    for courier, count in judged.items():
        for told_by, percentile in (("estimate", 50), ("estimate", 90), ("platform", None)):
            row = found.filter(
                pl.col("percentile").eq_missing(percentile), courier_id=courier, told_by=told_by
            ).row(0, named=True)
            assert (row["waybill_count"], row["kept_count"]) == (count, kept[courier, percentile]), (
                seed,
                week,
                courier,
                told_by,
                percentile,
            )


def test_reach_counts_who_is_there_the_same_or_the_next_day(facts: Facts) -> None:
    expected: dict[tuple[Any, ...], list[int]] = {}
    for row in facts.started("payment"):
        start = row["begun"].astimezone(ZoneInfo(row["zone"]))
        day, last = start.date(), row["as_of_at"].astimezone(start.tzinfo).date()
        newest = facts.as_of.astimezone(start.tzinfo).date()
        if (last - day).days <= 1 or (newest - day).days > 90 or row["origin_adcode"] is None:
            continue
        if row["destination_province_id"] is None:
            continue
        arrived = row["ended"] and row["ended"].astimezone(ZoneInfo(row["end_zone"])).date()
        cell = (row["origin_adcode"], row["destination_province_id"], row["courier_id"], start.hour)
        counts = expected.setdefault(cell, [0, 0, 0])
        counts[0] += 1
        counts[1] += bool(arrived and arrived <= day)
        counts[2] += bool(arrived and (arrived - day).days <= 1)
    assert sum(counts[2] for counts in expected.values()) > 10
    found = {tuple(row[:4]): list(row[4:]) for row in facts.reach.rows()}
    assert found == expected
