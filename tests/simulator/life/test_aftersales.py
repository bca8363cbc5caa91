"""Parcels at pickup points, goods sent back, and claims for what was lost or damaged."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from written_market import Written

from simulator import write_market

DAYS = (date(2018, 9, 1), date(2018, 12, 20))
PARTS = ["points", "claims"]
KEY = ["courier_code", "waybill_number"]
FREE = {"locker": 24, "station": 72, "shop": 48}
CLOTHES = ("women_clothing", "men_clothing", "underwear", "shoes_bags")
SETTLED = datetime(2018, 11, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("aftersales")
    write_market(60_000, *DAYS, 41, folder, parts=PARTS)
    return Written(folder)


@pytest.fixture(scope="module")
def stays(market: Written) -> pl.DataFrame:
    """Parcels that came to a point, with what the point is."""
    points = market.feed("pickup_points").select(
        "pickup_point_code", "kind_code", "capacity_count", point_city="city_code"
    )
    waybills = market.truth("waybills").filter(pl.col("pickup_point_code").is_not_null())
    return waybills.join(points.collect(), on="pickup_point_code")


def test_points_lie_in_the_consumers_city_and_an_account_has_one_of_its_own(
    market: Written, stays: pl.DataFrame
) -> None:
    assert (stays["point_city"] == stays["destination_adcode"]).all()
    assert set(stays["kind_code"]) == {"locker", "station", "shop"}
    codes = market.feed("waybills").select(*KEY, "platform_id", "order_numbers").explode("order_numbers")
    orders = market.truth("orders").select("platform_id", "order_number", "consumer_code").lazy()
    whose = codes.join(
        orders, left_on=["platform_id", "order_numbers"], right_on=["platform_id", "order_number"]
    )
    each = (
        stays.lazy()
        .filter(~pl.col("pickup_point_code").str.tail(12).cast(pl.Int64).mod(24).eq(0))
        .join(whose, on=[*KEY, "platform_id"])
        .group_by("platform_id", "consumer_code")
        .agg(pl.n_unique("pickup_point_code"), pl.len())
        .filter(pl.col("len") > 1)
        .collect()
    )
    assert len(each) > 200
    assert each["pickup_point_code"].max() == 1


def test_parcels_are_overdue_after_the_free_hours_of_their_kind_of_point(stays: pl.DataFrame) -> None:
    for kind, hours in FREE.items():
        of_kind = stays.filter(pl.col("kind_code") == kind)
        late = of_kind.drop_nulls("overdue_at")
        assert (late["overdue_at"] - late["available_for_pickup_at"] == timedelta(hours=hours)).all()
        early = of_kind.filter(pl.col("overdue_at").is_null(), pl.col("delivered_at").is_not_null())
        assert (early["delivered_at"] - early["available_for_pickup_at"]).max() <= timedelta(hours=hours)
        assert len(late) > 50
    wait = stays.drop_nulls("pickup_wait_seconds").group_by("kind_code").agg(pl.mean("pickup_wait_seconds"))
    hours = dict(wait.iter_rows())
    assert hours["locker"] < hours["station"]


def test_what_no_one_claims_goes_back_after_a_week_and_its_money_with_it(
    market: Written, stays: pl.DataFrame
) -> None:
    unclaimed = stays.filter("is_unclaimed")
    assert 0.002 < len(unclaimed) / len(stays) < 0.012
    assert unclaimed["delivered_at"].null_count() == len(unclaimed)
    waited = (unclaimed["returning_at"] - unclaimed["available_for_pickup_at"]).dt.total_hours()
    assert waited.min() >= 7 * 24
    back = unclaimed.filter(pl.col("returned_at") < datetime(2018, 12, 10, tzinfo=UTC))
    assert len(back) > 20
    feed = market.feed("waybills").collect().join(back, on=KEY, how="semi")
    numbers = feed["order_numbers"].explode()
    orders = market.truth("orders").filter(pl.col("order_number").is_in(numbers.implode()))
    assert set(orders["status"]) == {"cancelled"}
    assert (orders["refunded_amount"] == orders["paid_amount"]).all()


def test_around_singles_day_points_are_full_and_send_parcels_to_the_citys_first_station(
    stays: pl.DataFrame,
) -> None:
    first = pl.col("pickup_point_code").str.tail(12).cast(pl.Int64).mod(24).eq(0)
    stored = pl.col("available_for_pickup_at").dt.date()
    usual = stays.filter(stored.is_between(date(2018, 10, 8), date(2018, 10, 31))).select(first.mean()).item()
    peak = stays.filter(stored.is_between(date(2018, 11, 13), date(2018, 11, 15))).select(first.mean()).item()
    assert usual == pytest.approx(0.2, abs=0.03)
    assert peak > usual + 0.05


def test_the_feed_names_the_point_where_a_parcel_is_stored_overdue_and_collected(
    market: Written, stays: pl.DataFrame
) -> None:
    scans = market.feed("waybill_events").filter(pl.col("pickup_point_code").is_not_null()).collect()
    assert set(scans["event_code"]) == {"available_for_pickup", "available_for_pickup.overdue", "delivered"}
    named = scans.select(*KEY, "pickup_point_code").unique()
    assert named.sort(KEY).equals(stays.select(named.columns).sort(KEY))


def test_reasons_to_return_follow_from_goods_damage_and_delay(market: Written) -> None:
    returned = market.truth("returns")
    assert len(returned) > 1_000
    lines = (
        market.feed("order_lines").filter(pl.col("order_line_number") == "1")
        .join(market.feed("products"), on=["platform_id", "product_code"])
        .select("platform_id", "order_number", "category_code").collect()
    )  # fmt: skip
    of = returned.join(lines, on=["platform_id", "order_number"])
    size = dict(
        of.group_by(pl.col("category_code").is_in(CLOTHES))
        .agg((pl.col("reason") == "wrong_size").mean())
        .iter_rows()
    )
    assert size[True] > 0.35 > 0.1 > size[False]
    assert set(returned["reason"]) == {
        "wrong_size", "not_as_described", "damaged", "late", "changed_mind", "wrong_item",
    }  # fmt: skip
    fault = returned.filter(pl.col("reason").is_in(["damaged", "late", "not_as_described", "wrong_item"]))
    assert set(fault["payer"]) == {"merchant"}
    mind = returned.filter(pl.col("reason") == "changed_mind")
    assert set(mind["payer"]) == {"consumer", "insurer", "platform"}
    resale = dict(returned.group_by("reason").agg(pl.mean("is_resaleable")).iter_rows())
    assert resale["changed_mind"] > 0.85
    assert resale["damaged"] < 0.2


def test_uninsured_parcels_bring_at_most_seven_times_their_freight(market: Written) -> None:
    claims = market.truth("claims").join(market.truth("waybills").select(*KEY, "freight_cost_amount"), on=KEY)
    lost = claims.filter(pl.col("reason") == "lost")
    assert set(market.truth("waybills").join(lost, on=KEY, how="semi")["is_lost"]) == {True}
    paid = claims.filter(pl.col("status") == "paid")
    assert len(paid) > 20
    bare = paid.filter(~pl.col("is_insured"))
    most = pl.min_horizontal("claimed_amount", pl.col("freight_cost_amount") * 7)
    assert bare.filter(pl.col("paid_amount") != most).is_empty()
    assert paid.filter("is_insured", pl.col("paid_amount") != pl.col("claimed_amount")).is_empty()
    assert (paid["claimed_at"] < paid["decided_at"]).all()
    assert (paid["decided_at"] < paid["paid_at"]).all()
    asked = dict(claims.group_by("reason").agg(pl.mean("is_claimed")).iter_rows())
    assert asked["lost"] > asked["damaged"] + 0.2


def test_a_feed_by_days_tells_step_by_step_what_the_whole_feed_tells(tmp_path: Path) -> None:
    days = (date(2018, 9, 1), date(2018, 9, 30))
    for name, daily in (("whole", False), ("daily", True)):
        write_market(6_000, *days, 3, tmp_path / name, parts=PARTS, daily=daily)
    for entity, key in (("returns", ["platform_id", "order_number"]), ("claims", KEY)):
        whole = pl.read_parquet(tmp_path / f"whole/feeds/waymart/{entity}/*.parquet")
        files = sorted((tmp_path / "daily/feeds").rglob(f"{entity}.parquet"))
        daily = pl.concat(
            [pl.read_parquet(path).with_columns(day=pl.lit(path.parent.name)) for path in files]
        )
        china = pl.col("updated_at").dt.offset_by("8h").dt.date().cast(pl.String)
        assert daily.filter(pl.col("day") != china).is_empty()
        assert len(daily) > len(whole) >= 5
        last = daily.sort("updated_at").unique(key, keep="last", maintain_order=True)
        assert last.sort(key).select(whole.columns).equals(whole.sort(key))


def test_a_market_without_these_parts_tells_nothing_of_them(tmp_path: Path) -> None:
    write_market(300, *DAYS, 1, tmp_path)
    assert "pickup_point_code" not in Written(tmp_path).feed("waybill_events").collect_schema()
    for name in ("feeds/waymart/returns", "feeds/waymart/claims", "feeds/waymart/pickup_points"):
        assert not (tmp_path / name).exists()
