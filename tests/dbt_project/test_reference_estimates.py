"""`mart_delivery_estimates` against scipy's estimate of the same, over parcels picked in plain Polars."""

from datetime import datetime, timedelta
from random import Random, SystemRandom
from zoneinfo import ZoneInfo

import duckdb
import polars as pl
import pytest
from published_reports import Published
from scipy.stats import CensoredData, ecdf

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


def corrected(parcels: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return the parcels without what their hour or weekday changes in the median."""
    middle = quantile(parcels, 0.5)
    assert middle is not None
    changes = {}
    for (value,), part in parcels.partition_by(key, as_dict=True).items():
        own = quantile(part, 0.5)
        changes[value] = own - middle if own is not None and part["has_arrived"].sum() >= 30 else 0.0
    return parcels.with_columns(pl.col("left") - pl.col(key).replace_strict(changes, return_dtype=pl.Float64))


@pytest.fixture(scope="module")
def known(published: Published) -> tuple[pl.DataFrame, dict[str, pl.DataFrame]]:
    """The mart, and the parcels of each target with the hours that are left of them."""
    with duckdb.connect(str(published.settings.warehouse), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        mart = connection.execute("from reports.mart_delivery_estimates").pl()
        waybills = connection.execute("from core.fct_waybills").pl()
        providers = connection.execute(
            "select provider_id, time_zone as zone, as_of_at from core.dim_providers"
        ).pl()
        regions = dict(
            connection.execute(
                "select province_id, coalesce(region, country_code) from core.dim_provinces"
            ).fetchall()
        )
    as_of = providers["as_of_at"].max()
    assert isinstance(as_of, datetime)
    parcels = {}
    for target, clock in CLOCKS.items():
        rows = []
        for row in waybills.join(providers, on="provider_id").iter_rows(named=True):
            begun, ended = row[clock], row["first_attempt_at"]
            if (
                begun is None
                or not as_of - timedelta(days=90) <= begun <= as_of
                or row["purpose"] != "sale"
                or row["is_cancelled"]
                or row["is_forwarded"]
                or (ended is None and row["is_returned"])
                or (ended is not None and ended < begun)
            ):
                continue
            local = begun.astimezone(ZoneInfo(row["zone"]))
            until = ended if ended is not None and ended <= as_of else max(row["as_of_at"], begun)
            rows.append(
                {
                    **{
                        key: row[key]
                        for key in ("courier_id", "service", "origin_province_id", "destination_province_id")
                    },
                    "origin_region": regions.get(row["origin_province_id"]),
                    "destination_region": regions.get(row["destination_province_id"])
                    or row["destination_country_code"],
                    "hour": local.hour,
                    "day": local.isoweekday(),
                    "has_arrived": ended is not None and ended <= as_of,
                    "left": (until - begun) / timedelta(hours=1),
                }
            )
        parcels[target] = corrected(corrected(pl.DataFrame(rows), "hour"), "day")
    return mart, parcels


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
    assert mart.filter(pl.col("arrived_count") < 30).is_empty()
    lanes = ["courier_id", "service", "origin_province_id", "destination_province_id"]
    enough = parcels["payment"].drop_nulls(lanes).group_by(lanes).agg(pl.col("has_arrived").sum())
    expected = enough.filter(pl.col("has_arrived") >= 30).select(lanes)
    found = mart.filter(estimate_target="payment", estimate_level="lane").select(lanes)
    assert found.sort(lanes).equals(expected.sort(lanes))
