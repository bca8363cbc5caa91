"""What a merchant is told rests on enough others: never on a few, never mostly on one."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random, SystemRandom
from typing import Any

import polars as pl
import pytest

from estimates.delivery.market import TARGETS, delivery_estimates
from serving.access import Grant, RefusedError
from serving.own_estimates import OwnEstimates, may_be_told
from serving.parcels import Parcel
from serving.published import Published

NOW = datetime(2026, 6, 11, 9, 30, tzinfo=UTC)
KEYS = {
    "lane": ("courier_id", "service", "origin_province_id", "destination_province_id"),
    "courier": ("courier_id",),
    "market": (),
    "hour": ("hour",),
    "lane_distance": ("courier_id", "service", "origin_province_id", "destination_province_id"),
}


def level(waybills: int, merchants: int, largest: int, second: int) -> dict[str, Any]:
    return {
        "merchant_waybill_count": waybills,
        "merchant_count": merchants,
        "largest_merchant_id": "largest",
        "largest_merchant_count": largest,
        "second_merchant_count": second,
    }


@pytest.mark.parametrize(
    ("row", "reader", "own", "is_told"),
    [
        # 30 parcels of 5 others, the largest with exactly half of them.
        (level(40, 6, 15, 10), "small", 10, True),
        (level(39, 6, 15, 10), "small", 10, False),  # 29 of others
        (level(40, 5, 15, 10), "small", 10, False),  # 4 others
        (level(41, 6, 16, 10), "small", 10, False),  # 16 of 31 are one's
        # The reader is the largest itself: the next is what counts.
        (level(130, 6, 100, 15), "largest", 100, True),
        (level(130, 6, 100, 16), "largest", 100, False),
        (level(0, 0, 0, 0), "small", 0, False),
    ],
)
def test_a_level_is_told_where_others_are_enough_and_none_is_most_of_them(
    row: dict[str, Any], reader: str, own: int, is_told: bool
) -> None:
    assert may_be_told(row, frozenset([reader]), own) is is_told


def test_who_has_several_shops_counts_none_of_them_as_another() -> None:
    row = level(200, 8, 30, 20)
    assert may_be_told(row, frozenset("abc"), 40)
    assert not may_be_told(row, frozenset("abcd"), 40)


def parcels(random: Random, count: int) -> pl.DataFrame:
    """Return parcels of a few merchants of very different size, as `fct_waybills` has them."""
    sizes = [random.lognormvariate(0, 1.5) for _ in range(9)]
    rows = []
    for _ in range(count):
        begun = NOW - timedelta(days=100 * random.random())
        rows.append(
            {
                "provider_id": "p",
                "merchant_id": random.choices([*(f"m{number}" for number in range(8)), None], sizes)[0],
                "courier_id": random.choice(["zto", "yto"]),
                "service": random.choice(["standard", None]),
                "origin_province_id": "330000",
                "destination_province_id": random.choice(["330000", "510000"]),
                "destination_country_code": "CN",
                "clock_started_at": begun,
                "picked_up_at": begun,
                "first_attempt_at": random.choice([None, begun + timedelta(hours=random.randrange(20, 90))]),
                "promised_delivery_at": None,
            }
        )
    moment = pl.Datetime("us", "UTC")
    times = dict.fromkeys(("promised_delivery_at", "first_attempt_at"), moment)
    return pl.DataFrame(rows, schema_overrides=times, infer_schema_length=None)


def test_nothing_is_told_that_the_rule_forbids_and_nothing_held_back_that_it_allows() -> None:
    seed = SystemRandom().randrange(2**31)
    print(f"seed {seed}")
    random, seen = Random(seed), Counter[bool]()
    for _ in range(12):
        waybills = parcels(random, random.randrange(150, 900))
        providers = pl.DataFrame({"provider_id": ["p"], "time_zone": ["UTC"], "as_of_at": [NOW]})
        provinces = pl.DataFrame(
            {
                **{"province_id": ["330000", "510000"], "region": ["east", "west"]},
                **{"country_code": ["CN", "CN"], "latitude": [30.3, 30.7], "longitude": [120.2, 104.1]},
            }
        )
        mart = delivery_estimates(waybills, providers, provinces, TARGETS).filter(estimate_target="pickup")
        there = [
            row | {"service": row["service"] or "unknown", "hour": row["picked_up_at"].hour}
            for row in waybills.to_dicts()
            if row["picked_up_at"] >= NOW - timedelta(days=90)
            and row["merchant_id"]
            and row["first_attempt_at"]
            and row["first_attempt_at"] <= NOW
        ]
        for row in mart.filter(pl.col("estimate_level").is_in(list(KEYS))).to_dicts():
            row["hour"] = row["hour_of_day"]
            alike = [
                one["merchant_id"]
                for one in there
                if all(one[key] == row[key] for key in KEYS[row["estimate_level"]])
            ]
            for reader in (f"m{number}" for number in range(8)):
                others = Counter(one for one in alike if one != reader)
                expected = (
                    others.total() >= 30 and len(others) >= 5 and max(others.values()) <= others.total() / 2
                )
                own = len(alike) - others.total()
                assert may_be_told(row, frozenset([reader]), own) is expected, (seed, row, reader)
                seen[expected] += 1
    assert min(seen[True], seen[False]) > 50


@pytest.fixture
def under_way(serving: Published) -> list[Parcel]:
    rows = serving.frame(
        "select * from extract_waybills where purpose = 'sale' and first_attempt_at is null"
        " and waybill_status in ('created', 'picked_up', 'departed', 'arrived') order by waybill_id"
    )
    return [Parcel(row) for row in rows.to_dicts()]


def test_a_shop_is_told_by_the_finest_level_that_may_be_told(
    serving: Published, under_way: list[Parcel]
) -> None:
    told = 0
    for parcel in under_way[:60]:
        shop = str(parcel.row["merchant_id"])
        own = OwnEstimates(serving, Grant("lin", "merchant", frozenset([shop])), shop)
        estimate = own.of(parcel.row)
        if estimate is None:
            continue
        told += 1
        assert estimate.courier_id in (parcel.row["courier_id"], None)
        keys = {
            # How far a lane goes may be told where the lane may.
            "learnt": "courier_id = $2 and origin_province_id = $3 and destination_province_id = $4"
            " and coalesce(service, 'unknown') = $5",
            "lane": "courier_id = $2 and origin_province_id = $3 and destination_province_id = $4"
            " and coalesce(service, 'unknown') = $5",
            "courier": "courier_id = $2",
            "market": "true",
        }.get(estimate.level)
        if keys is None:
            continue
        # From the parcels themselves: those that arrived, of others, in the 90 days.
        others = serving.frame(
            f"select merchant_id, count(*) as n from extract_waybills where merchant_id <> $1 and {keys}"
            " and purpose = 'sale' and first_attempt_at is not null and waybill_status <> 'cancelled'"
            " and $2 is not null and $3 is not null and $4 is not null and $5 is not null group by all",
            [
                shop,
                *(parcel.row[n] for n in ("courier_id", "origin_province_id", "destination_province_id")),
                parcel.row["service"] or "unknown",
            ],
        )
        assert len(others) >= 5
        assert others["n"].sum() >= 30
    assert told > 5


def test_no_one_is_told_of_a_shop_that_is_not_its_own(serving: Published, under_way: list[Parcel]) -> None:
    parcel = under_way[0].row
    stranger = Grant("wu", "merchant", frozenset(["pinduoduo:nobody"]))
    with pytest.raises(RefusedError, match="has no shop"):
        OwnEstimates(serving, stranger, str(parcel["merchant_id"]))
    with pytest.raises(RefusedError, match="has no shop"):
        OwnEstimates(serving, stranger, "pinduoduo:nobody").of(parcel)


ENOUGH, TOO_FEW, MOSTLY_ONE = (
    level(10_000, 40, 900, 800),
    level(10_000, 4, 900, 800),
    level(10_000, 40, 9_000, 5),
)


@pytest.mark.parametrize(
    ("lane", "learnt", "told_by"),
    [
        (ENOUGH, ENOUGH, "learnt"),
        # How far the lane goes is learnt from its own parcels, which are of few, or mostly of one.
        (TOO_FEW, ENOUGH, "market"),
        (MOSTLY_ONE, ENOUGH, "market"),
        # So may those of the lanes that go as far be.
        (ENOUGH, MOSTLY_ONE, "market"),
        (ENOUGH, level(9_999, 40, 900, 800) | {"merchant_waybill_count": 29}, "market"),
    ],
)
def test_the_learnt_level_is_told_where_the_rule_allows_lane_and_level(
    lane: dict[str, Any],
    learnt: dict[str, Any],
    told_by: str,
    serving: Published,
    under_way: list[Parcel],
) -> None:
    parcel = under_way[0].row
    shop = str(parcel["merchant_id"])
    target = "pickup" if parcel["picked_up_at"] else "payment"
    market = serving.frame(
        "select * from mart_delivery_estimates where estimate_target = ? and estimate_level = 'market'",
        [target],
    )
    (row,) = market.to_dicts()
    names = KEYS["lane"]
    of_lane = {name: parcel[name] for name in names} | {"service": parcel["service"] or "unknown"}
    rows = [
        row | ENOUGH,
        row | learnt | {"estimate_level": "learnt", "learnt_distance": 37, "p90_estimate_hours": 200.0},
        row | lane | of_lane | {"estimate_level": "lane_distance", "learnt_distance": 37},
    ]
    own = OwnEstimates(serving, Grant("lin", "merchant", frozenset([shop])), shop)
    own.__dict__["_levels"] = pl.DataFrame(rows, schema=market.schema)
    estimate = own.of(parcel)
    assert estimate is not None
    assert estimate.level == told_by
