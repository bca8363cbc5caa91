"""What a reader who asks is told: the learnt level first, the others where it says nothing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random, SystemRandom

import duckdb
import polars as pl
import pytest

from estimates.delivery.levels import LEVELS, WITH_LEARNT, answer, levels
from estimates.delivery.market import delivery_estimates, started
from serving.estimates import Place, estimates, teller
from serving.published import Published

NOW = datetime(2026, 6, 11, 9, 30, tzinfo=UTC)
PROVIDERS = pl.DataFrame({"provider_id": ["p"], "time_zone": ["UTC"], "as_of_at": [NOW]})
PROVINCES = pl.DataFrame(
    {
        **{"province_id": ["330000", "440000", "510000"], "region": ["east", "east", "west"]},
        **{"country_code": "CN", "latitude": [30.3, 23.1, 30.7], "longitude": [120.2, 113.3, 104.1]},
    }
)
LANE = ("courier_id", "service", "origin_province_id", "destination_province_id")


def waybills(random: Random, count: int) -> pl.DataFrame:
    """Return parcels as `fct_waybills` has them; `sf` was never seen on the lane to Guangdong."""
    rows = []
    for _ in range(count):
        begun = NOW - timedelta(days=90 * random.random())
        courier = random.choice(["zto", "zto", "yto", "sf"])
        rows.append(
            {
                **{"provider_id": "p", "merchant_id": None, "destination_country_code": "CN"},
                **{"courier_id": courier, "service": random.choice(["standard", "standard", None])},
                "origin_province_id": "330000",
                "destination_province_id": random.choice(
                    ["330000", "510000", *["440000"] * (courier != "sf")]
                ),
                **{"clock_started_at": begun, "picked_up_at": begun, "promised_delivery_at": None},
                "first_attempt_at": begun + timedelta(hours=random.lognormvariate(3.5, 0.5)),
            }
        )
    return pl.DataFrame(rows, schema_overrides={"promised_delivery_at": pl.Datetime("us", "UTC")})


@pytest.mark.parametrize("learnt", [(), ("pickup",)])
def test_of_each_courier_is_told_what_the_first_level_says_that_can(
    learnt: tuple[str, ...], tmp_path: Path
) -> None:
    seed = SystemRandom().randrange(2**31)
    print(f"seed {seed}")
    parcels = waybills(Random(seed), 900)
    mart = delivery_estimates(parcels, PROVIDERS, PROVINCES, learnt)
    with duckdb.connect(tmp_path / "published.duckdb") as connection:
        for name, frame in (("mart_delivery_estimates", mart), ("dim_providers", PROVIDERS)):
            connection.register("frame", frame)
            connection.execute(f"create table {name} as from frame")
    published = Published(tmp_path / "published.duckdb")
    assert teller(published, "pickup") == ("learnt" if learnt else "estimate")
    assert teller(published, "payment") == "estimate"
    begun = started(parcels, PROVIDERS, PROVINCES)["pickup"]
    known = levels(begun, NOW + timedelta(microseconds=1))
    places = {
        row["province_id"]: Place(None, "", row["province_id"], row["region"], "UTC")
        for row in PROVINCES.to_dicts()
    }
    used = set()
    for end, courier in (("440000", "zto"), ("440000", "sf"), ("510000", "yto")):
        place = places[end]
        (one,) = estimates(published, places["330000"], place, NOW, "pickup", courier, "standard")
        question = {
            **dict(zip(LANE, (courier, "standard", "330000", end), strict=True)),
            **{"origin_region": "east", "destination_region": place.region},
            **{"hour": NOW.hour, "weekday": NOW.isoweekday()},
        }
        (told,) = answer(pl.DataFrame([question]), known, WITH_LEARNT if learnt else LEVELS).to_dicts()
        used.add(one.level)
        assert (one.level, one.courier_id) == (told["level"], courier if told["level"] != "market" else None)
        assert (one.sampled_count, one.arrived_count) == (told["parcel_count"], told["finished_count"])
        assert one.hours[90] == pytest.approx(told["p90"])
        # The service that most parcels of the lane went by answers where none is asked for.
        (any_service,) = estimates(published, places["330000"], place, NOW, "pickup", courier)
        assert any_service == one
    assert used == ({"learnt"} if learnt else {"lane"}) | {"region_pair"}
