"""Orders that go abroad: through hubs and customs, in other currencies, on the consumer's clock."""

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from written_market import Written

from simulator import write_market

#: Hours of the clock there against UTC, standard time.
CLOCKS = {"New York": -5, "Los Angeles": -8, "London": 0, "Madrid": 1, "Amsterdam": 1}
THRESHOLDS = {"USD": 800.0, "GBP": 15.0, "EUR": 22.0}


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("abroad")
    write_market(20_000, date(2019, 3, 1), date(2019, 6, 30), 12, folder, cross_border=0.25)
    return Written(folder)


@pytest.fixture(scope="module")
def abroad(market: Written) -> pl.DataFrame:
    return market.truth("waybills").filter(pl.col("service") == "cross_border")


def scans(market: Written) -> pl.DataFrame:
    shops = market.feed("waybills").filter(pl.col("platform_id") == "shopify").select("waybill_number")
    return market.feed("waybill_events").join(shops, on="waybill_number").sort("occurred_at").collect()


def test_the_share_asked_for_goes_to_the_five_countries_in_their_currencies(market: Written) -> None:
    orders = market.truth("orders")
    shops = orders.filter(pl.col("platform_id") == "shopify")
    assert len(shops) / len(orders) == pytest.approx(0.25, abs=0.005)
    assert set(shops["tier"]) == {"abroad"}
    assert set(shops.select("country_code", "currency").unique().iter_rows()) == {
        ("US", "USD"), ("GB", "GBP"), ("ES", "EUR"), ("NL", "EUR"), ("BE", "EUR"),
    }  # fmt: skip
    assert set(orders.filter(pl.col("platform_id") != "shopify")["currency"]) == {"CNY"}
    assert shops["adcode"].null_count() == len(shops)


def test_no_one_goes_abroad_where_the_share_is_nothing(tmp_path: Path) -> None:
    write_market(2_000, date(2019, 3, 1), date(2019, 3, 10), 12, tmp_path, cross_border=0)
    home = Written(tmp_path)
    assert set(home.truth("orders")["platform_id"]) == {"pinduoduo", "taobao", "jd"}
    assert home.feed("consumers").filter(pl.col("country_code").is_not_null()).collect().is_empty()


def test_parcels_pass_both_customs_and_a_hub_in_this_order(market: Written) -> None:
    codes = scans(market).group_by("waybill_number", maintain_order=True).agg("event_code", "city_name")
    delivered = codes.filter(pl.col("event_code").list.contains("delivered"))
    assert len(delivered) > 2_000
    for way, cities in delivered.select("event_code", "city_name").iter_rows():
        main = [code for code in way if code in ("departed", "customs.start", "customs.cleared", "arrived")]
        order = ["departed", "customs.start", "customs.cleared", "arrived", "departed", "customs.start",
                 "customs.cleared", "arrived"]  # fmt: skip
        assert main[:8] == order
        assert {"Liège", "Kuala Lumpur"} & set(cities)


def test_what_is_worth_more_than_the_threshold_is_held_more_often(
    market: Written, abroad: pl.DataFrame
) -> None:
    held = scans(market).filter(pl.col("event_code") == "customs.held")["waybill_number"]
    limits = pl.DataFrame({"currency": list(THRESHOLDS), "limit": list(THRESHOLDS.values())})
    parcels = abroad.filter(pl.col("arrived_at").is_not_null()).join(limits, on="currency")
    above = pl.col("declared_amount").cast(pl.Float64) > pl.col("limit")
    shares = parcels.with_columns(held=pl.col("waybill_number").is_in(held.implode())).group_by(
        above.alias("above")
    )
    held_share = dict(shares.agg(pl.col("held").mean()).iter_rows())
    assert held_share[False] == pytest.approx(0.03, abs=0.015)
    assert held_share[True] == pytest.approx(0.22, abs=0.05)


def test_some_declare_just_below_the_threshold(market: Written, abroad: pl.DataFrame) -> None:
    euros = abroad.filter(pl.col("currency") == "EUR")["declared_amount"].cast(pl.Float64)
    below = euros.is_between(19.0, 22.0).sum()
    assert below > 1.5 * euros.is_between(22.01, 25.01).sum()


def test_riders_keep_the_hours_of_the_consumers_clock(market: Written) -> None:
    out = scans(market).filter(pl.col("event_code") == "out_for_delivery", pl.col("city_name").is_in(CLOCKS))
    assert len(out) > 1_000
    for city, at in out.select("city_name", "occurred_at").iter_rows():
        assert 8 <= (at + timedelta(hours=CLOCKS[city])).hour < 16


def test_five_working_days_are_promised_and_customs_is_part_of_the_way(
    market: Written, abroad: pl.DataFrame
) -> None:
    orders = market.feed("orders").filter(pl.col("platform_id") == "shopify").collect()
    placed = (orders["placed_at"] + timedelta(hours=8)).dt.date()
    given = zip(placed, orders["promised_delivery_at"] - orders["placed_at"], strict=True)
    for day, promise in given:
        following = [day + timedelta(days=n + 1) for n in range(promise.days)]
        assert sum(each.weekday() < 5 for each in following) == 5
    finished = abroad.filter(pl.col("handed_over_at").is_not_null())
    hours = finished["end_to_end_seconds"].mean() / 3600
    assert 80 < hours < 120
    assert (finished["import_customs_seconds"] < finished["linehaul_seconds"]).all()
    stages = [f"{stage}_seconds" for stage in ("origin", "linehaul", "destination", "last_mile")]
    assert finished.select(pl.sum_horizontal(stages)).to_series().equals(
        finished["end_to_end_seconds"], check_names=False
    )  # fmt: skip


def test_days_are_those_of_the_platforms_zone(market: Written) -> None:
    orders = market.truth("orders")
    shops = orders.filter(pl.col("platform_id") == "shopify")
    assert shops["order_date"].equals(shops["placed_at"].dt.date(), check_names=False)
    china = orders.filter(pl.col("platform_id") != "shopify")
    assert china["order_date"].equals((china["placed_at"] + timedelta(hours=8)).dt.date(), check_names=False)
    assert (shops["order_date"] != (shops["placed_at"] + timedelta(hours=8)).dt.date()).any()
