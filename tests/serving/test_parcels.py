from datetime import UTC, date, datetime, timedelta
from math import ceil
from typing import Any

import polars as pl
import pytest

from serving.access import THIS_MACHINE, Grant
from serving.parcels import STAGES, WHOLE, Parcel, beside, find_parcels, find_scanned, usual
from serving.published import Published

NOON = datetime(2019, 6, 3, 12, tzinfo=UTC)
NOTHING: dict[str, Any] = {
    "waybill_id": "zto:1",
    "waybill_status": "created",
    **dict.fromkeys(("registered_at", "last_event_at", "picked_up_date")),
    **dict.fromkeys(("paid_at", "picked_up_at", "out_for_delivery_at", "available_for_pickup_at")),
    **{f"{stage}_seconds": None for stage in (*STAGES, WHOLE)},
}


def parcel(**known: Any) -> Parcel:
    return Parcel(NOTHING | known)


@pytest.mark.parametrize(
    ("known", "stage"),
    [
        ({}, None),
        ({"paid_at": NOON}, ("handling", NOON)),
        ({"picked_up_at": NOON, "waybill_status": "picked_up"}, ("origin", NOON)),
        (
            {"picked_up_at": NOON, "origin_seconds": 3600, "waybill_status": "departed"},
            ("linehaul", NOON + timedelta(hours=1)),
        ),
        (
            {
                "picked_up_at": NOON,
                "origin_seconds": 3600,
                "linehaul_seconds": 7200,
                "waybill_status": "arrived",
            },
            ("destination", NOON + timedelta(hours=3)),
        ),
        # Scans are missing between: the last one still says what goes on.
        (
            {"picked_up_at": NOON, "out_for_delivery_at": NOON + timedelta(days=1)},
            ("last_mile", NOON + timedelta(days=1)),
        ),
        ({"available_for_pickup_at": NOON, "waybill_status": "available_for_pickup"}, ("pickup_wait", NOON)),
        ({"picked_up_at": NOON, "waybill_status": "lost"}, None),
    ],
)
def test_a_parcel_under_way_is_in_the_stage_after_the_last_one_that_it_has_ended(
    known: dict[str, Any], stage: tuple[str, datetime] | None
) -> None:
    assert parcel(**known).stage_begun_at() == stage


@pytest.fixture(scope="module")
def waybills(serving: Published) -> pl.DataFrame:
    return serving.frame("from extract_waybills")


def test_a_parcel_is_found_by_its_number_its_id_and_each_of_its_orders(
    serving: Published, waybills: pl.DataFrame
) -> None:
    several = waybills.filter(pl.col("order_numbers").str.contains("|", literal=True)).row(0, named=True)
    asked = [several["waybill_number"], f" {several['waybill_id']} ", *several["order_numbers"].split("|")]
    for number in asked:
        assert several["waybill_id"] in [
            one.waybill_id for one in find_parcels(serving, THIS_MACHINE, number)
        ]
    assert find_parcels(serving, THIS_MACHINE, "no such number") == []
    assert find_parcels(serving, THIS_MACHINE, "'; drop table extract_waybills; --") == []


def test_a_parcel_that_no_shop_registered_is_found_by_its_scans(serving: Published) -> None:
    scanned = serving.frame("select waybill_id from extract_scans limit 1").item()
    assert find_scanned(serving, THIS_MACHINE, scanned) == [scanned]
    assert scanned in find_scanned(serving, THIS_MACHINE, scanned.split(":", 1)[1])
    assert find_scanned(serving, THIS_MACHINE, "no such number") == []


def test_a_merchant_finds_its_own_parcels_and_nobody_elses(
    serving: Published, waybills: pl.DataFrame
) -> None:
    mine, theirs = waybills["merchant_id"].unique().sort().to_list()[:2]
    merchant = Grant("lin", "merchant", frozenset({mine}))
    for row in waybills.filter(pl.col("merchant_id").is_in([mine, theirs])).to_dicts():
        asked = [row["waybill_number"], row["waybill_id"], *(row["order_numbers"] or "").split("|")]
        for number in filter(None, asked):
            found = find_parcels(serving, merchant, number)
            assert all(one.row["merchant_id"] == mine for one in found)
            assert bool(found) or row["merchant_id"] == theirs
            assert find_scanned(serving, merchant, number) == []
    assert find_parcels(serving, Grant("nobody", "merchant", frozenset()), waybills["waybill_id"][0]) == []


def test_parcels_beside_one_are_those_of_its_shop_that_share_an_order_with_it(
    serving: Published, waybills: pl.DataFrame
) -> None:
    orders = waybills.with_columns(order=pl.col("order_numbers").str.split("|")).explode("order")
    split = orders.filter(pl.len().over("merchant_id", "order") > 1).drop_nulls("order")
    for one in split.head(20).to_dicts():
        own = orders.filter(waybill_id=one["waybill_id"])["order"]
        shared = orders.filter(pl.col("order").is_in(own.implode()), merchant_id=one["merchant_id"])
        expected = set(shared["waybill_id"]) - {one["waybill_id"]}
        assert expected
        [asked] = [
            found
            for found in find_parcels(serving, THIS_MACHINE, one["waybill_id"])
            if found.waybill_id == one["waybill_id"]
        ]
        assert {found.waybill_id for found in beside(serving, asked)} == expected


def test_of_a_parcel_without_any_time_nothing_is_usual(serving: Published) -> None:
    lane = {"origin_province_id": "330000", "destination_province_id": "440000"}
    assert usual(serving, parcel(**lane)) is None


def test_usual_are_the_percentiles_of_the_lanes_parcels_of_the_three_months_before(
    serving: Published, waybills: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.parcels._MANY", 5)  # the market is small
    lane = ["origin_province_id", "destination_province_id"]
    whole = waybills.filter(
        pl.col("purpose") == "sale",
        pl.all_horizontal(pl.col(f"{stage}_seconds").is_not_null() for stage in STAGES[:-1]),
        pl.col("picked_up_date").is_between(date(2019, 3, 1), date(2019, 5, 31)),
        ~(pl.col("is_returned") & pl.col("delivered_at").is_null()),
        ~pl.col("waybill_status").is_in(["cancelled", "forwarded"]),
    )
    busiest = whole.drop_nulls(lane).group_by(lane).len().sort("len").row(-1, named=True)
    asked = Parcel({**NOTHING, **busiest, "picked_up_date": date(2019, 6, 20)})
    found = usual(serving, asked)
    assert found is not None
    assert found.is_of_lane
    assert (found.months.first, found.months.last) == (date(2019, 3, 1), date(2019, 5, 31))
    rows = whole.filter(pl.col(name) == busiest[name] for name in lane)
    for stage in STAGES:
        [span] = found.spans.filter(stage=stage).to_dicts()
        hours = (rows[f"{stage}_seconds"].drop_nulls() / 3600).sort()
        assert span["waybill_count"] == len(hours)
        for name, share in (("p10", 0.1), ("median", 0.5), ("p90", 0.9)):
            exact = hours[ceil(share * len(hours) - 1e-9) - 1]
            assert span[f"{name}_hours"] == pytest.approx(exact, abs=1 if exact <= 96 else 24)


def test_a_lane_of_few_parcels_takes_what_is_usual_between_its_regions(
    serving: Published, waybills: pl.DataFrame
) -> None:
    lane = ["origin_province_id", "destination_province_id"]
    thin = waybills.drop_nulls(lane).group_by(lane).len().filter(pl.col("len") < 30)
    kinds = []
    for ends in thin.sort("len", *lane).select(lane).to_dicts()[-20:]:
        found = usual(serving, Parcel({**NOTHING, **ends, "picked_up_date": date(2019, 6, 20)}))
        kinds.append(None if found is None else found.is_of_lane)
    assert False in kinds
    assert True not in kinds
    nowhere = {"origin_province_id": None, "destination_province_id": "330000"}
    assert usual(serving, Parcel({**NOTHING, **nowhere, "picked_up_date": date(2019, 6, 20)})) is None
